/**
 * Arguments with which each operation can be carried out, for test/permissions.test.ts. A field that is required is filled by
 * its name, with something that was made for this call alone; what an operation wants besides stands in `special`.
 */
import { type Caller, isRead, type Operation, type Role, roles } from '../src/catalogue/operation.ts';
import { runIn } from '../src/catalogue/perform.ts';
import { type Catalogue, parseInput } from '../src/catalogue/registry.ts';
import { assert } from '../src/kernel/errors.ts';
import { type IdPrefix, randomIds, randomSecret } from '../src/kernel/ids.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';
import { type Database, inWorkspace } from '../src/store/database.ts';
import { fieldsOf, minimalInput } from './inputs.ts';
import { owedPurchase } from './owed.ts';

/** Where the operations are tried. */
export interface World {
  db: Database;
  catalogue: Catalogue;
  workspace: { id: string; slug: string; name: string };
}

const owner: Caller = { kind: 'operator', id: 'usr_owner', role: 'owner' };

/** Runs an operation, whoever may: to make what a call is about. */
export async function make(
  { db, catalogue, workspace }: World,
  name: string,
  input: JsonObject,
  caller: Caller = owner,
): Promise<JsonObject> {
  const operation = catalogue.get(name);
  assert(operation && !isRead(operation), `${name} makes something`);
  const setting = { workspace, caller, ids: randomIds, now: new Date() };
  return inWorkspace(db, workspace.id, (tx) =>
    runIn({ ...setting, tx }, operation, parseInput(operation, input)),
  );
}

const fresh = (prefix: IdPrefix) => `${randomIds(prefix)}@example.com`;

/** The wallet's own, or a stranger's; its customer has written in. */
async function ticketOf(world: World, caller: Caller) {
  const { db } = world;
  const opener: Caller = caller.kind === 'wallet' ? caller : { kind: 'wallet', address: '0xother' };
  const asked = { subject: 'Fog', body: 'In the lens.', email: fresh('cus') };
  const ticketId = String((await make(world, 'create_ticket', asked, opener)).ticketId);
  const { customerId, version } = await db
    .selectFrom('tickets')
    .select(['customerId', 'version'])
    .where('id', '=', ticketId)
    .executeTakeFirstOrThrow();
  await db.updateTable('customers').set({ emailVerified: true }).where('id', '=', customerId!).execute();
  return { ticketId, version, customerId: customerId! };
}

/** A member, made if there is none of the id. @returns the id. */
async function memberOf(
  { db, workspace }: World,
  id: string = randomIds('usr'),
  role: Role = 'viewer',
): Promise<string> {
  const email = `${id}@example.com`;
  const member = { workspaceId: workspace.id, userId: id, role, name: 'Ada', email };
  const user = { id, name: 'Ada', email };
  await db
    .insertInto('users')
    .values(user)
    .onConflict((on) => on.doNothing())
    .execute();
  await db
    .insertInto('members')
    .values(member)
    .onConflict((on) => on.doNothing())
    .execute();
  return id;
}

/** A wallet that was here. */
async function walletOf({ db, workspace }: World): Promise<string> {
  const address = `0x${randomSecret(20).toString('hex')}`;
  await db.insertInto('wallets').values({ workspaceId: workspace.id, address }).execute();
  return address;
}

const tagIt = { kind: 'add_tags', tags: ['fog'] };
/** One that never acts. */
const idleRule = (): JsonObject => ({
  name: fresh('rul'),
  trigger: 'proposal.rejected',
  enabled: false,
  actions: [tagIt],
});

/** What one call is about. Each thing is made when it is asked for, and once. */
function about(world: World, caller: Caller) {
  const made = new Map<string, Promise<unknown>>();
  const once =
    <T>(what: string, work: () => Promise<T>) =>
    (): Promise<T> => {
      if (!made.has(what)) made.set(what, work());
      return made.get(what) as Promise<T>;
    };
  const of = (name: string, input: JsonObject, id: string, by?: Caller) => async () =>
    String((await make(world, name, input, by))[id]);

  const ticket = once('ticket', () => ticketOf(world, caller));
  const user = once('user', () => memberOf(world));
  /** The caller, where that is a member; else somebody. */
  const self = once('self', () =>
    caller.kind === 'operator' ? memberOf(world, caller.id, caller.role) : memberOf(world),
  );
  return {
    ticket,
    user,
    self,
    ticketId: async () => (await ticket()).ticketId,
    customerId: async () => (await ticket()).customerId,
    // An agent of the workspace's own sees its own.
    proposalId: once('proposal', async () => {
      const draft = { ticketId: (await ticket()).ticketId, body: 'Dry it.' };
      return of('draft_reply', draft, 'proposalId', caller.kind === 'credential' ? caller : owner)();
    }),
    teamId: once('team', of('create_team', { name: fresh('tea') }, 'teamId')),
    issue: once('issue', () => make(world, 'create_issue', { title: fresh('iss'), body: 'It fogs.' })),
    entry: once('entry', () => make(world, 'create_changelog', { title: fresh('chg'), body: 'It is dry.' })),
    article: once('article', () => make(world, 'create_kb', { title: fresh('art'), body: 'Dry it.' })),
    credentialId: once('credential', of('create_credential', { name: fresh('crd') }, 'credentialId')),
    // One's own, for others' are out of reach; agents have none.
    viewId: once(
      'view',
      of(
        'create_view',
        { name: fresh('viw'), query: 'status:open', shared: caller.kind !== 'operator' },
        'viewId',
        caller,
      ),
    ),
    attachmentId: once('file', async () => {
      const file = { name: 'a.txt', mediaType: 'text/plain', contentBase64: 'word' };
      const attachmentId = await of('add_attachment', file, 'attachmentId')();
      const { ticketId, version } = await ticket();
      await make(world, 'reply', { ticketId, version, body: 'Dry it.', attachmentIds: [attachmentId] });
      return attachmentId;
    }),
    savedReplyId: once(
      'reply',
      of('create_saved_reply', { name: fresh('rpl'), body: 'Dry it.' }, 'savedReplyId'),
    ),
    macroId: once('macro', of('create_macro', { name: fresh('mac'), actions: [tagIt] }, 'macroId')),
    policyId: once(
      'policy',
      of('create_sla_policy', { name: fresh('sla'), firstResponseMinutes: 60 }, 'policyId'),
    ),
    ruleId: once('rule', of('create_rule', idleRule(), 'ruleId')),
    invitationId: once(
      'invitation',
      of('invite_member', { email: fresh('inv'), role: 'viewer' }, 'invitationId'),
    ),
  };
}
type About = ReturnType<typeof about>;

/** By the name of the field, wherever it is required. */
const byField: Record<string, (about: About) => Promise<Json>> = {
  ticketId: (a) => a.ticketId(),
  ticketIds: async (a) => [await a.ticketId()],
  viewId: (a) => a.viewId(),
  version: async (a) => (await a.ticket()).version,
  customerId: (a) => a.customerId(),
  userId: (a) => a.user(),
  proposalId: (a) => a.proposalId(),
  teamId: (a) => a.teamId(),
  credentialId: (a) => a.credentialId(),
  invitationId: (a) => a.invitationId(),
  savedReplyId: (a) => a.savedReplyId(),
  macroId: (a) => a.macroId(),
  policyId: (a) => a.policyId(),
  ruleId: (a) => a.ruleId(),
  attachmentId: (a) => a.attachmentId(),
  issueId: async (a) => (await a.issue()).issueId!,
  entryId: async (a) => (await a.entry()).entryId!,
  articleId: async (a) => (await a.article()).articleId!,
  title: async () => fresh('iss'),
  email: async () => fresh('usr'),
  address: async () => fresh('usr'),
  name: async () => fresh('tea'),
};

/** What an operation wants besides, or instead. It may also make what must be there first. */
const special: Record<string, (about: About, world: World) => Promise<JsonObject>> = {
  merge_customers: async (a, world) => ({
    from: await a.customerId(),
    into: await about(world, owner).customerId(),
  }),
  create_view: async () => ({ query: 'status:open' }),
  merge_tickets: async (a, world) => {
    const [from, into] = [await a.ticket(), await about(world, owner).ticket()];
    return {
      from: from.ticketId,
      fromVersion: from.version,
      into: into.ticketId,
      intoVersion: into.version,
      acrossCustomers: true,
    };
  },
  erase_customer: async (a) => ({ confirm: await a.customerId() }),
  remove_customer_address: async (a, world) => {
    const address = fresh('cus');
    await make(world, 'add_customer_address', { customerId: await a.customerId(), address });
    return { address };
  },
  unblock_customer: async (a, world) => {
    await make(world, 'block_customer', { customerId: await a.customerId(), reason: 'Spam.' });
    return {};
  },
  remove_team_member: async (a, world) => {
    await make(world, 'add_team_member', { teamId: await a.teamId(), userId: await a.user() });
    return {};
  },
  // Its last owner cannot go.
  leave_workspace: async (a, world) => {
    await memberOf(world, undefined, 'owner');
    await a.self();
    return {};
  },
  contact: async () => ({ key: 'once-and-only-for-this-call' }),
  grant_tool: async () => ({ tool: 'send_reply' }),
  withdraw_tool: async (a, world) => {
    await make(world, 'grant_tool', { credentialId: await a.credentialId(), tool: 'send_reply' });
    return { tool: 'send_reply' };
  },
  assign: async (a) => ({ team: await a.teamId() }),
  unlink_issue: async (a, world) => {
    const both = { ticketId: await a.ticketId(), issueId: (await a.issue()).issueId! };
    await make(world, 'link_issue', both);
    return both;
  },
  update_issue: async () => ({ status: 'fixed' }),
  update_changelog: async () => ({ body: 'It is dry now.' }),
  update_kb: async () => ({ body: 'Dry it slowly.' }),
  publish_issue: async () => ({ published: false }),
  discard_draft: async (a) => ({ id: (await a.entry()).entryId!, version: 1 }),
  get_purchase: async (_, { db }) => ({
    purchaseId: (await db.selectFrom('claims').select('id').executeTakeFirstOrThrow()).id,
  }),
  get_purchase_details: async (_, { db, workspace }) => ({
    purchaseId: await owedPurchase(db, workspace.id),
  }),
  refund_purchase: async (_, { db, workspace }) => ({ purchaseId: await owedPurchase(db, workspace.id) }),
  deliver_purchase: async (_, { db, workspace }) => ({ purchaseId: await owedPurchase(db, workspace.id) }),
  get_wallet: async (_, world) => ({ wallet: await walletOf(world) }),
  set_wallet_standing: async (_, world) => ({ wallet: await walletOf(world), change: 'block' }),
  draft_reply: async () => ({ body: 'Dry it.' }),
  triage: async () => ({ priority: 'high' }),
  suggest_triage: async (_, world) => {
    const urgent = { subject: 'Urgent', body: 'It is on fire.' };
    return { ticketId: (await make(world, 'create_ticket', urgent)).ticketId! };
  },
  // A signature is a member's.
  set_signature: async (_, { db, workspace }) => {
    for (const role of roles) {
      const [id, email] = [`usr_${role}`, `usr_${role}@example.com`];
      await db
        .insertInto('users')
        .values({ id, name: role, email })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await db
        .insertInto('members')
        .values({ workspaceId: workspace.id, userId: id, role, name: role, email })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    return { signature: '{{operator.name}}' };
  },
  set_price: async () => ({ tool: 'create_ticket', priceAtomic: null }),
  set_caps: async () => ({ standing: 'all new', callsPerMinute: 1_000_000 }),
  set_standing_rules: async () => ({ refundAfterSeconds: 300 }),
  rename_tag: async () => ({ tag: 'fog', to: null }),
  // The one network of the test has its payTo: that it is let in and refused has to do.
  set_pay_to: async () => ({ network: 'base-sepolia', address: `0x${'A'.repeat(40)}`, confirm: 'AAAAAA' }),
  bulk_update: async () => ({ priority: 'high' }),
  create_macro: async () => ({ actions: [tagIt] }),
  set_business_hours: async () => ({ alwaysOpen: true }),
  set_absence: async (a) => ({ userId: await a.self(), away: false }),
  create_sla_policy: async () => ({ firstResponseMinutes: 60 }),
  create_rule: async () => idleRule(),
  reorder_rules: async (a, { db }) => {
    await a.ruleId();
    const rules = await db.selectFrom('rules').select('id').execute();
    return { ruleIds: rules.map(({ id }) => id) };
  },
  change_role: async () => ({ role: 'operator' }),
  quote: async () => ({ tool: 'create_ticket', arguments: { subject: 'Fog', body: 'In the lens.' } }),
};

/** Good arguments of an operation, for one call by this caller. */
export async function argumentsFor(world: World, operation: Operation, caller: Caller): Promise<JsonObject> {
  const a = about(world, caller);
  const input = minimalInput(operation);
  for (const [name] of fieldsOf(operation))
    if (name in input && byField[name]) input[name] = await byField[name](a);
  return { ...input, ...(await special[operation.name]?.(a, world)) };
}
