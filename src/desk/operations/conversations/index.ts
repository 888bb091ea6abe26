import type { Operation } from '../../../catalogue/operation.ts';
import { addAttachment, getAttachment } from './attachments.ts';
import { deleteDraft, getDrafts, saveDraft } from './drafts.ts';
import { forward } from './forward.ts';
import { sentOnce } from './once.ts';
import { reply } from './reply.ts';
import { getSignature, setSignature } from './signature.ts';
import { startConversation } from './start-conversation.ts';

/** Mail as people write it: replies with copies and attachments, forwards, conversations that an operator starts. */
export const conversationsOperations: readonly Operation[] = [
  sentOnce(reply),
  sentOnce(startConversation),
  sentOnce(forward),
  addAttachment,
  getAttachment,
  saveDraft,
  getDrafts,
  deleteDraft,
  setSignature,
  getSignature,
];
