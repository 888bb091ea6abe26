/** `npm run seed -- --tickets 200000 [--workspace acme] [--seed 1]`: fills a workspace of the database that is configured. */
import { parseArgs } from 'node:util';
import { environment, readConfig } from '../src/config.ts';
import { findWorkspace } from '../src/desk/workspaces.ts';
import { withDatabase } from '../src/faces/cli/context.ts';
import { systemClock } from '../src/kernel/time.ts';
import { seedTickets } from './seed/tickets.ts';

const { values } = parseArgs({
  options: {
    tickets: { type: 'string', default: '1000' },
    workspace: { type: 'string', default: 'acme' },
    seed: { type: 'string', default: '1' },
  },
});
const started = performance.now();
await withDatabase(readConfig(environment), async ({ db, url }) => {
  const { id } = await findWorkspace(db, values.workspace);
  const messages = await seedTickets({
    url,
    workspaceId: id,
    tickets: Number(values.tickets),
    now: systemClock(),
    seed: Number(values.seed),
    progress: (done) => process.stdout.write(`\r${done} tickets`),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`\r${values.tickets} tickets with ${messages} messages in ${seconds} s\n`);
});
