import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/harness.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { workspaceCommand } from './operator-workspace.ts';
import { UsageError } from './terminal.ts';

test('a workspace is made, paid somewhere, and priced', async () => {
  const db = await testDatabase();
  const printed: string[] = [];
  const context = {
    db,
    workspace: 'shop',
    print: (text: string) => void printed.push(text),
    ids: randomIds,
    now: new Date(0),
    mailFolder: '',
  };
  const run = (...args: string[]) => workspaceCommand.run(args, context);
  const cold = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
  await run('new', 'shop', '--name', 'The Shop');
  await run('pay-to', 'base', cold);
  await run('price', 'create_ticket', '0.05');
  printed.length = 0;
  await run('show');
  assert.deepEqual(printed, [
    'shop  The Shop',
    `paid on ${'base'.padEnd(14)} to ${cold}`,
    'create_ticket costs $0.05',
  ]);

  const refused: [string[], string][] = [
    [['new', 'shop'], 'conflict'],
    [['new', 'api'], 'invalid_arguments'],
    [['new', 'Shop'], 'invalid_arguments'],
    [['pay-to', 'base', cold.toLowerCase()], 'invalid_arguments'],
    [['pay-to', 'base', `${cold.slice(0, -1)}E`], 'invalid_arguments'],
    [['pay-to', 'base', '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'], 'invalid_arguments'],
    [['pay-to', 'bse', cold], 'invalid_arguments'],
    [['pay-to', 'base', cold, '--workspace', 'none'], 'workspace_not_found'],
    [['price', 'create_ticket', 'dear'], 'invalid_arguments'],
    [['price', 'create_ticket', '0'], 'invalid_arguments'],
    [['price', 'search_kb', '1'], 'tool_not_found'],
    [['price', 'search_kb', '1'], 'tool_not_found'],
  ];
  for (const [args, code] of refused)
    await assert.rejects(
      run(...args),
      (error: unknown) => error instanceof PosternError && error.code === code,
      args.join(' '),
    );
  await assert.rejects(run('paint'), UsageError);
});
