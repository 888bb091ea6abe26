/** What wallets may do by their standing, and how they earn it. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../catalogue/operation.ts';
import { type Caps, type Rules, readCaps, readRules, setCaps, setRules } from '../policy.ts';
import { by } from './by.ts';
import {
  capFields,
  capStanding,
  capsOutput,
  reason,
  ruleFields,
  rulesOutput,
  shown,
  valuesOf,
} from './fields.ts';

export const getPolicy = readOperation({
  name: 'get_policy',
  title: 'Show caps and standing rules',
  summary: 'Returns what wallets may do by their standing, and the rules by which they earn it.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({}),
  output: z.object({
    caps: z
      .array(capsOutput)
      .describe('In the order in which standing is earned; all new wallets together last.'),
    rules: rulesOutput.describe('How standing is earned, and what is paid back unasked.'),
  }),
  async read({ tx, workspace }) {
    const [caps, rules] = [await readCaps(tx, workspace.id), await readRules(tx, workspace.id)];
    return {
      caps: caps.map((row) => shown(row) as z.input<typeof capsOutput>),
      rules: shown(rules) as z.input<typeof rulesOutput>,
    };
  },
});

export const setCapsOperation = houseOperation({
  name: 'set_caps',
  title: 'Change caps',
  summary:
    'Changes what wallets of one standing may do, from the next call on; what was spent stays spent. What is left out stays. `preview_policy` says whom it holds up.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    standing: capStanding.describe('Whose: of one standing, or of all new wallets together.'),
    ...capFields,
    reason,
  }),
  output: capsOutput,
  async commit(scope, { standing, reason: why, ...fields }) {
    const { tx, ids, workspace } = scope;
    const values = valuesOf<Omit<Caps, 'standing'>>(fields);
    await setCaps(tx, ids, { ...by(scope), standing, values, reason: why });
    const row = (await readCaps(tx, workspace.id)).find((caps) => caps.standing === standing)!;
    return shown(row) as z.input<typeof capsOutput>;
  },
});

export const setStandingRules = houseOperation({
  name: 'set_standing_rules',
  title: 'Change how standing is earned',
  summary:
    'Changes the rules. A wallet’s standing follows at its next purchase, decision or strike; what was set by hand stays. What is left out stays. `preview_policy` says whose standing would change.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ ...ruleFields, reason }),
  output: rulesOutput,
  async commit(scope, { reason: why, ...fields }) {
    const { tx, ids, workspace } = scope;
    await setRules(tx, ids, { ...by(scope), values: valuesOf<Rules>(fields), reason: why });
    return shown(await readRules(tx, workspace.id)) as z.input<typeof rulesOutput>;
  },
});
