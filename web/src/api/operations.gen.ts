// Written by `node web/types.ts` from the catalogue; a test compares.

export interface Operations {
  add_customer_address: {
    input: { customerId: string; address: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  add_customer_note: { input: { customerId: string; body: string }; output: { noteId: string } };
  add_note: { input: { ticketId: string; body: string }; output: { messageId: string; version: number } };
  add_team_member: {
    input: { teamId: string; userId: string };
    output: { teamId: string; userId: string; inTeam: boolean };
  };
  approve_proposal: {
    input: { proposalId: string; seen?: number; body?: string };
    output: { output: Record<string, unknown> };
  };
  block_customer: {
    input: { customerId: string; reason: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  cancel_invitation: {
    input: { invitationId: string };
    output: { invitationId: string; state: 'cancelled' };
  };
  change_role: {
    input: { userId: string; role: 'viewer' | 'operator' | 'admin' | 'owner' };
    output: {
      userId: string;
      name: string;
      email: string;
      role: 'viewer' | 'operator' | 'admin' | 'owner';
      memberSince: string;
    };
  };
  count_tickets: { input: { query: string }; output: { count: number; atLeast: boolean } };
  create_team: { input: { name: string }; output: { teamId: string; name: string; userIds: string[] } };
  create_ticket: {
    input: { subject: string; body: string; email?: string; name?: string };
    output: {
      ticketId: string;
      number: number;
      status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
    };
  };
  draft_reply: {
    input: { ticketId: string; body: string };
    output: { proposalId: string; state: 'waiting' };
  };
  erase_customer: {
    input: { customerId: string; confirm: string; reason: string };
    output: { tickets: number; customers: number };
  };
  export_customer: {
    input: { customerId: string; reason: string };
    output: { records: Record<string, Record<string, unknown>[]> };
  };
  get_customer: {
    input: { customerId: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
      addresses: string[];
      notes: { author: string; body: string; createdAt: string }[];
      tickets: {
        ticketId: string;
        number: number;
        subject: string;
        status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
        createdAt: string;
      }[];
      ticketCount: number;
      messageCount: number;
    };
  };
  get_desk_settings: {
    input: Record<string, never>;
    output: { agentsSee: 'none' | 'hand' | 'tag' | 'all'; agentsTag: string; timeZone: string };
  };
  get_ticket: {
    input: { ticketId: string };
    output: {
      ticketId: string;
      number: number;
      subject: string;
      status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
      priority: 'low' | 'normal' | 'high' | 'urgent';
      tags: string[];
      customerId: string | null;
      assigneeId: string | null;
      teamId: string | null;
      channel: 'email' | 'door' | 'web' | 'operator';
      version: number;
      firstResponseDueAt: string | null;
      resolutionDueAt: string | null;
      createdAt: string;
      updatedAt: string;
      openedToAgents: boolean;
      snoozedUntil: string | null;
      firstRespondedAt: string | null;
      resolvedAt: string | null;
      wallet: string | null;
      messages: {
        id: string;
        author: 'customer' | 'operator' | 'agent' | 'house';
        authorId: string | null;
        visibility: 'public' | 'note';
        body: string;
        createdAt: string;
      }[];
      history: {
        kind: string;
        actor: string;
        changes: Record<string, unknown>;
        version: number;
        at: string;
      }[];
    };
  };
  get_ticket_context: {
    input: { ticketId: string };
    output: {
      ticketId: string;
      number: number;
      subject: string;
      status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
      version: number;
      createdAt: string;
      updatedAt: string;
      messages: {
        id: string;
        author: 'customer' | 'operator' | 'agent' | 'house';
        body: string;
        createdAt: string;
      }[];
      earlierMessagesOmitted: boolean;
      relatedArticles: { title: string; slug: string }[];
    };
  };
  invite_member: {
    input: { email: string; role: 'viewer' | 'operator' | 'admin' | 'owner' };
    output: {
      invitationId: string;
      email: string;
      role: 'viewer' | 'operator' | 'admin' | 'owner';
      invitedBy: string;
      expiresAt: string;
    };
  };
  list_audit: {
    input: { subject?: string; limit?: number; cursor?: string };
    output: {
      entries: {
        auditId: string;
        at: string;
        actor: string;
        action: string;
        subject: string | null;
        reason: string;
        details: Record<string, unknown>;
      }[];
      nextCursor: string | null;
    };
  };
  list_customers: {
    input: { query?: string; after?: string; limit?: number };
    output: {
      customers: {
        id: string;
        name: string | null;
        email: string | null;
        emailVerified: boolean;
        blocked: boolean;
        erased: boolean;
        createdAt: string;
      }[];
      next?: string;
    };
  };
  list_invitations: {
    input: Record<string, never>;
    output: {
      invitations: {
        invitationId: string;
        email: string;
        role: 'viewer' | 'operator' | 'admin' | 'owner';
        invitedBy: string;
        expiresAt: string;
      }[];
    };
  };
  list_members: {
    input: Record<string, never>;
    output: {
      members: {
        userId: string;
        name: string;
        email: string;
        role: 'viewer' | 'operator' | 'admin' | 'owner';
        memberSince: string;
      }[];
    };
  };
  list_proposals: {
    input: { after?: string; limit?: number };
    output: {
      proposals: {
        proposalId: string;
        operation: string;
        arguments: Record<string, unknown>;
        ticketId: string | null;
        ticketVersion: number | null;
        moved: boolean;
        wallet: string | null;
        credentialId: string | null;
        model: string | null;
        purchaseId: string | null;
        evidence: { articleId: string; title: string; passage: string }[];
        createdAt: string;
      }[];
      next?: string;
    };
  };
  list_teams: {
    input: Record<string, never>;
    output: { teams: { teamId: string; name: string; userIds: string[] }[] };
  };
  list_tickets: {
    input: {
      status?: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
      priority?: 'low' | 'normal' | 'high' | 'urgent';
      tag?: string;
      assigneeId?: string;
      teamId?: string;
      order?: 'active' | 'newest' | 'oldest' | 'priority' | 'due';
      cursor?: string;
      limit?: number;
    };
    output: {
      tickets: {
        ticketId: string;
        number: number;
        subject: string;
        status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
        priority: 'low' | 'normal' | 'high' | 'urgent';
        tags: string[];
        customerId: string | null;
        assigneeId: string | null;
        teamId: string | null;
        channel: 'email' | 'door' | 'web' | 'operator';
        version: number;
        firstResponseDueAt: string | null;
        resolutionDueAt: string | null;
        createdAt: string;
        updatedAt: string;
      }[];
      next?: string;
    };
  };
  merge_customers: {
    input: { from: string; into: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  reject_proposal: {
    input: { proposalId: string; reason: string; spam?: boolean };
    output: { state: 'rejected' };
  };
  remove_customer_address: {
    input: { customerId: string; address: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  remove_member: {
    input: { userId: string };
    output: {
      userId: string;
      name: string;
      email: string;
      role: 'viewer' | 'operator' | 'admin' | 'owner';
      memberSince: string;
    };
  };
  remove_team_member: {
    input: { teamId: string; userId: string };
    output: { teamId: string; userId: string; inTeam: boolean };
  };
  search_kb: {
    input: { query: string; limit?: number };
    output: { articles: { id: string; title: string; slug: string; passage: string }[] };
  };
  search_tickets: {
    input: { query: string; cursor?: string; limit?: number };
    output: {
      tickets: {
        ticketId: string;
        number: number;
        subject: string;
        status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
        priority: 'low' | 'normal' | 'high' | 'urgent';
        tags: string[];
        customerId: string | null;
        assigneeId: string | null;
        teamId: string | null;
        channel: 'email' | 'door' | 'web' | 'operator';
        version: number;
        firstResponseDueAt: string | null;
        resolutionDueAt: string | null;
        createdAt: string;
        updatedAt: string;
        snippet?: string;
        highlights?: [number, number][];
      }[];
      next?: string;
    };
  };
  send_reply: {
    input: { ticketId: string; body: string };
    output: { outcome: 'sent' | 'queued'; messageId?: string; mailed?: boolean; proposalId?: string };
  };
  suggest_reply: {
    input: { ticketId: string };
    output: {
      found: boolean;
      body: string;
      missing?: string;
      citations: { articleId: string; title: string; text: string }[];
      proposalId?: string;
    };
  };
  unblock_customer: {
    input: { customerId: string; reason: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  update_customer: {
    input: { customerId: string; name?: string; email?: string };
    output: {
      id: string;
      name: string | null;
      email: string | null;
      emailVerified: boolean;
      blocked: boolean;
      erased: boolean;
      createdAt: string;
    };
  };
  update_desk_settings: {
    input: { agentsSee?: 'none' | 'hand' | 'tag' | 'all'; agentsTag?: string; timeZone?: string };
    output: { agentsSee: 'none' | 'hand' | 'tag' | 'all'; agentsTag: string; timeZone: string };
  };
  update_ticket: {
    input: {
      ticketId: string;
      version: number;
      subject?: string;
      status?: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
      snoozedUntil?: string;
      priority?: 'low' | 'normal' | 'high' | 'urgent';
      tags?: string[];
      assigneeId?: string | null;
      teamId?: string | null;
      openedToAgents?: boolean;
    };
    output: {
      ticketId: string;
      number: number;
      subject: string;
      status: 'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam';
      priority: 'low' | 'normal' | 'high' | 'urgent';
      tags: string[];
      customerId: string | null;
      assigneeId: string | null;
      teamId: string | null;
      channel: 'email' | 'door' | 'web' | 'operator';
      version: number;
      firstResponseDueAt: string | null;
      resolutionDueAt: string | null;
      createdAt: string;
      updatedAt: string;
    };
  };
}
