/** What became of a proposal. `dropped`: the desk moved on before anybody decided. */
export const proposalStates = ['waiting', 'approved', 'rejected', 'dropped'] as const;
export type ProposalState = (typeof proposalStates)[number];
