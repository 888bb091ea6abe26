import type { Operation } from '../../catalogue/operation.ts';
import type { QuotePorts } from '../quote.ts';
import { listPayTo, setPayToOperation } from './pay-to.ts';
import { getPolicy, setCapsOperation, setStandingRules } from './policy.ts';
import { previewPolicy } from './preview.ts';
import { listPrices, setPriceOperation } from './prices.ts';

/** What a workspace's members decide about their door. */
export const settingsOperations = (ports: Pick<QuotePorts, 'serves' | 'catalogue'>): readonly Operation[] => [
  listPayTo(ports),
  setPayToOperation(ports),
  listPrices(ports),
  setPriceOperation(ports),
  getPolicy,
  previewPolicy,
  setCapsOperation,
  setStandingRules,
];
