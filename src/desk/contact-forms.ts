/**
 * What stands behind a workspace's contact page. Each form that is handed out carries a token: when it was, signed. It bounds
 * how fast a form is sent, and names the sending; it proves nothing about who sends, and needs no cookie.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EffectOperation } from '../catalogue/operation.ts';
import { runIn } from '../catalogue/perform.ts';
import { parseInput } from '../catalogue/registry.ts';
import { PosternError } from '../kernel/errors.ts';
import { type Ids, randomSecret } from '../kernel/ids.ts';
import type { Clock } from '../kernel/time.ts';
import { type Database, inWorkspace, type Tx } from '../store/database.ts';
import { contact } from './operations/contact.ts';
import { findWorkspace, type Workspace } from './workspaces.ts';

/** Nobody reads a form and writes into it in less. */
export const minMs = 3_000;
/** So long a form that was opened can be sent. */
export const maxMs = 24 * 3_600_000;

/** What was written, still to be held to the operation's fields. */
export interface Written {
  name?: string;
  email: string;
  subject: string;
  body: string;
}

/** A form as it is shown, with the token that goes along. */
export interface OpenForm {
  company: string;
  token: string;
  /** Whether it can be sent: not sooner than a person could, and not with a token that is old or none of ours. */
  state: 'good' | 'early' | 'stale';
}

export interface ContactForms {
  /**
   * A new form, or the one of this token; where that is stale, one with a token that is good.
   * @throws {PosternError} `workspace_not_found`; `not_found` where the workspace has turned its page off
   */
  open(slug: string, token?: string): Promise<OpenForm>;
  /**
   * Opens the ticket. The same text with the same token again is the same ticket; another text is another one.
   * @returns its number, and what proves it to `numberOf`.
   * @throws {PosternError} `workspace_not_found`, `not_found`, `invalid_arguments`; `conflict` where the form is not `good`
   */
  send(slug: string, token: string, written: Written): Promise<{ number: number; proof: string }>;
  /** The number that `send` gave out, if it did, though the page be off by now. @throws {PosternError} `workspace_not_found` */
  numberOf(slug: string, proof: string): Promise<{ company: string; number: string | undefined }>;
}

/** @param key 32 bytes, for this alone */
export function contactForms(ports: { db: Database; key: Uint8Array; ids: Ids; clock: Clock }): ContactForms {
  const { db, key, ids, clock } = ports;
  const mac = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest().subarray(0, 18);
  const isMac = (said: string, expected: Buffer): boolean => {
    const bytes = Buffer.from(said, 'base64url');
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  };

  function tokenAt(workspaceId: string, at: number): string {
    const [when, nonce] = [at.toString(36), randomSecret(12).toString('base64url')];
    return `${when}.${nonce}.${mac('form', workspaceId, when, nonce).toString('base64url')}`;
  }
  function stateOf(workspaceId: string, token: string): OpenForm['state'] {
    const [when = '', nonce = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || !isMac(signature, mac('form', workspaceId, when, nonce))) return 'stale';
    const age = clock() - Number.parseInt(when, 36);
    return age < minMs ? 'early' : age <= maxMs ? 'good' : 'stale';
  }

  return {
    async open(slug, token) {
      const workspace = await findWorkspace(db, slug);
      const { id, name: company } = workspace;
      await inWorkspace(db, id, (tx) => assertPage(tx, workspace), { readOnly: true });
      if (token === undefined) return { company, token: tokenAt(id, clock()), state: 'early' };
      const state = stateOf(id, token);
      // Whose form went stale has written already; that need not take as long again.
      return { company, token: state === 'stale' ? tokenAt(id, clock() - minMs) : token, state };
    },

    async send(slug, token, written) {
      const workspace = await findWorkspace(db, slug);
      if (stateOf(workspace.id, token) !== 'good')
        throw new PosternError('conflict', 'This form cannot be sent now; open it again.');
      const { name = '', email, subject, body } = written;
      const sending = mac('sending', workspace.id, token, name, email, subject, body).toString('base64url');
      const input = parseInput(contact, { ...written, key: sending });
      const setting = { workspace, caller: { kind: 'anonymous' as const }, ids, now: new Date(clock()) };
      const sent = await inWorkspace(db, workspace.id, async (tx) => {
        await assertPage(tx, workspace);
        return runIn({ ...setting, tx }, contact as EffectOperation, input);
      });
      const number = Number(sent.number);
      const proof = `${number}.${mac('sent', workspace.id, String(number)).toString('base64url')}`;
      return { number, proof };
    },

    async numberOf(slug, proof) {
      const { id, name: company } = await findWorkspace(db, slug);
      const [number = '', signature = ''] = proof.split('.');
      return { company, number: isMac(signature, mac('sent', id, number)) ? number : undefined };
    },
  };
}

/** @throws {PosternError} `not_found` */
async function assertPage(tx: Tx, { id, name }: Workspace): Promise<void> {
  const { contactPage } = await tx
    .selectFrom('deskSettings')
    .select('contactPage')
    .where('workspaceId', '=', id)
    .executeTakeFirstOrThrow();
  if (!contactPage) throw new PosternError('not_found', `${name} takes no messages by a contact page.`);
}
