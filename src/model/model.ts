/** The model port: drafts and triage. It only ever proposes, and calls nothing of the desk's. */

import type { Tx } from '../store/database.ts';

/** A passage of a published article, as retrieval found it. */
export interface Passage {
  /** By which a draft cites it, within one request: `p1`. */
  id: string;
  articleId: string;
  slug: string;
  title: string;
  /** The paragraph, plain text. */
  text: string;
  /** How much of the question stands in it. */
  fit: Fit;
}

/** How much of a question a passage and its title hold, in words that tell something (stems, no stop words). */
export interface Fit {
  /** Words of the question. */
  asked: number;
  /** Those of them that stand in the passage or its title. */
  matched: number;
  /** The same by weight, 0 to 1: the rarer a word is in the help centre, the more it weighs. */
  share: number;
  /** Whether it holds a word of the subject, of those that the help centre has; so too where it has none of them. */
  onSubject: boolean;
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

/** A passage that a draft rests on, with its very words. */
export type Citation = Pick<Passage, 'articleId' | 'title' | 'text'>;

export interface Draft {
  /** The reply as the customer would read it. Where nothing was found it says so. */
  body: string;
  /** What it rests on: `text` stands word for word in one of the request's passages. */
  citations: readonly Citation[];
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
  /** How resolved tickets that are like it were filed, the most alike first; nothing of what they say. */
  similar: readonly { tags: readonly string[]; priority: Triage['priority']; teamId: string | null }[];
}

export interface Triage {
  priority: 'low' | 'normal' | 'high' | 'urgent';
  /** Some of the request's. */
  tags: readonly string[];
  /** One of the request's. */
  teamId: string | null;
  /** In a sentence, for the reviewer. */
  reason: string;
}

export interface Model {
  /** As a proposal names its author: `extractive`, or the name of the model that is configured. */
  name: string;
  /** It asks nobody and costs nothing, so what it would say may be known before anything is paid for. */
  local: boolean;
  /**
   * Whether it could be asked now. It only reads, and sets nothing aside.
   * @throws {PosternError} `model_unavailable` where the day's budget is spent
   */
  ready(tx: Tx, request: DraftRequest | TriageRequest): Promise<void>;
  /** @throws {PosternError} `model_unavailable` where it does not answer, or the day's budget is spent. */
  draft(request: DraftRequest): Promise<Draft>;
  /** @throws {PosternError} as `draft` */
  triage(request: TriageRequest): Promise<Triage>;
}
