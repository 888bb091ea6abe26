import { findPause, pauseBreaker, resumeBreaker } from '../../mail/breaker.ts';
import { audit } from '../../store/audit.ts';
import type { OperatorCommand } from './operator-command.ts';
import { inScope, operator, readVerdict } from './operator-scope.ts';
import { oneLine, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const usage = `breaker [show] [--workspace <slug>]
breaker pause|resume --reason <text> [--workspace <slug>]`;

export const breakerCommand: OperatorCommand = {
  summary: "breaker [show|pause|resume] [--reason <text>]: stop agents' mail, or let it go again",
  async run(args, context) {
    const { workspace, words, reason } = readVerdict(args, context, usage);
    const [verb = 'show', ...rest] = words;
    if (rest.length > 0 || !['show', 'pause', 'resume'].includes(verb)) throw new UsageError(usage);
    if (verb === 'show') {
      const pause = await inScope(context, workspace, ({ tx, workspace }) => findPause(tx, workspace.id));
      return context.print(
        pause
          ? `Paused since ${stamp(pause.pausedAt)}: ${oneLine(pause.reason)}\nWhat agents send becomes proposals.`
          : "Closed: trusted agents' mail leaves.",
      );
    }
    if (reason.trim() === '') throw new UsageError(usage);
    await inScope(context, workspace, async ({ tx, workspace: { id: workspaceId }, ids }) => {
      if (verb === 'pause') await pauseBreaker(tx, workspaceId, reason);
      else await resumeBreaker(tx, workspaceId);
      await audit(tx, ids, {
        workspaceId,
        actor: `operator:${operator.id}`,
        action: verb === 'pause' ? 'breaker.paused' : 'breaker.resumed',
        subject: null,
        reason,
      });
    });
    context.print(
      verb === 'pause'
        ? 'Paused: what agents send becomes proposals.'
        : "Closed: trusted agents' mail leaves.",
    );
  },
};
