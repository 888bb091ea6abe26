import type { Operation } from '../../../catalogue/operation.ts';
import { getBusinessHours, listAbsences, setAbsence, setBusinessHours } from './hours.ts';
import { applyMacro, createMacro, deleteMacroOperation, listMacros, updateMacro } from './macros.ts';
import { createSlaPolicy, deleteSlaPolicy, listSlaPolicies, updateSlaPolicy } from './policies.ts';
import { listRuleRuns } from './rule-runs.ts';
import { createRule, deleteRule, listRulesOperation, reorderRules, updateRule } from './rules.ts';
import {
  createSavedReply,
  deleteSavedReplyOperation,
  listSavedReplies,
  renderSavedReply,
  updateSavedReply,
} from './saved-replies.ts';

/** What happens by itself: saved replies, macros, rules, hours and due times. */
export const automationOperations: readonly Operation[] = [
  listSavedReplies,
  renderSavedReply,
  createSavedReply,
  updateSavedReply,
  deleteSavedReplyOperation,
  listMacros,
  applyMacro,
  createMacro,
  updateMacro,
  deleteMacroOperation,
  getBusinessHours,
  setBusinessHours,
  listAbsences,
  setAbsence,
  listSlaPolicies,
  createSlaPolicy,
  updateSlaPolicy,
  deleteSlaPolicy,
  listRulesOperation,
  createRule,
  updateRule,
  deleteRule,
  reorderRules,
  listRuleRuns,
];
