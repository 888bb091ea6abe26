import type { Operation } from '../../catalogue/operation.ts';
import { type Catalogue, createCatalogue } from '../../catalogue/registry.ts';
import type { Model } from '../../model/model.ts';
import type { ProposerRecords } from '../agents/proposers.ts';
import type { PurchaseRecords } from '../customers/records.ts';
import type { Decided } from '../proposals.ts';
import { agentsOperations } from './agents/index.ts';
import { approvalOperations } from './approvals/index.ts';
import { automationOperations } from './automation/index.ts';
import { contact } from './contact.ts';
import { contentOperations } from './content/index.ts';
import { conversationsOperations } from './conversations/index.ts';
import { createTicket } from './create-ticket.ts';
import { credentialsOperations } from './credentials/index.ts';
import { customerOperations } from './customers/index.ts';
import { draftReply } from './draft-reply.ts';
import { getTicketContext, showAsStranger } from './get-ticket-context.ts';
import { suggestReply } from './model/suggest-reply.ts';
import { suggestTriage } from './model/suggest-triage.ts';
import { peopleOperations } from './people/index.ts';
import { searchOperations } from './search/index.ts';
import { searchKb } from './search-kb.ts';
import { sendReply } from './send-reply.ts';
import { teamworkOperations } from './teamwork/index.ts';
import { ticketOperations } from './tickets/index.ts';
import { triage } from './triage.ts';

/** What operations need beside their transaction. */
export interface DeskPorts {
  model: Model;
  /** Hears of what was decided on a proposal. */
  decided: Decided;
  purchases: PurchaseRecords;
  /** What a reviewer is told of who proposed. */
  proposers: ProposerRecords;
  /** What can be proposed and run: it may hold these operations themselves. */
  catalogue(): Catalogue;
  /** What the outside calls this server; a mail that would name it does without where it is left out. */
  publicUrl?: string | undefined;
}

/** All that the desk can do, in the order in which it is listed. */
export const deskOperations = (ports: DeskPorts): readonly Operation[] => [
  searchKb,
  createTicket,
  getTicketContext,
  showAsStranger,
  draftReply(ports.model),
  triage(ports.model),
  sendReply,
  suggestReply(ports.model),
  suggestTriage(ports.model),
  contact,
  ...agentsOperations,
  ...contentOperations,
  ...ticketOperations,
  ...conversationsOperations,
  ...teamworkOperations,
  ...automationOperations,
  ...approvalOperations(ports),
  ...searchOperations,
  ...customerOperations(ports),
  ...peopleOperations(ports.publicUrl),
  ...credentialsOperations(ports.catalogue),
];

/** The desk's own catalogue, without what the door adds. */
export function deskCatalogue(ports: Omit<DeskPorts, 'catalogue'>): Catalogue {
  const catalogue: Catalogue = createCatalogue(deskOperations({ ...ports, catalogue: () => catalogue }));
  return catalogue;
}
