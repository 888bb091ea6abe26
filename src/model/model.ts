/** The model port: drafts and triage. It only ever proposes, and calls nothing of the desk's. */

/** A passage of a published article, as retrieval found it. */
export interface Passage {
  articleId: string;
  slug: string;
  title: string;
  /** The paragraph, plain text. */
  text: string;
}

/** What a customer's thread is to the model: data, never an instruction. */
export interface Said {
  author: 'customer' | 'operator' | 'agent' | 'house';
  body: string;
}

export interface DraftRequest {
  workspaceId: string;
  /** Name of the company. */
  company: string;
  subject: string;
  /** Public messages, the oldest first. */
  thread: readonly Said[];
  /** Best first; a draft is grounded in these and nothing else. */
  passages: readonly Passage[];
}

export interface Draft {
  /** The reply as the customer would read it. Where nothing was found it says so. */
  body: string;
  /** What it rests on; each is one of the request's passages. */
  citations: readonly Pick<Passage, 'articleId' | 'title' | 'text'>[];
  /** Whether the passages answer the question. */
  found: boolean;
  /** What it could not find, for the reviewer. */
  missing?: string;
}

export interface TriageRequest {
  workspaceId: string;
  subject: string;
  body: string;
  /** Tags that the workspace uses. */
  tags: readonly string[];
  teams: readonly { id: string; name: string }[];
  /** Resolved tickets that are like it, the most alike first. */
  similar: readonly {
    subject: string;
    tags: readonly string[];
    priority: string;
    teamId: string | null;
  }[];
}

export interface Triage {
  priority: 'low' | 'normal' | 'high' | 'urgent';
  tags: readonly string[];
  teamId: string | null;
  /** In a sentence, for the reviewer. */
  reason: string;
}

export interface Model {
  /** As a proposal names its author: `extractive`, or the name of the model that is configured. */
  name: string;
  /** @throws {PosternError} `model_unavailable` where it does not answer, or the day's budget is spent. */
  draft(request: DraftRequest): Promise<Draft>;
  /** @throws {PosternError} as `draft` */
  triage(request: TriageRequest): Promise<Triage>;
}
