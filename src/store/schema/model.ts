/** The table of what models spend. */

export interface ModelSchema {
  /** `day`: a date, as Postgres writes it. */
  modelTokens: { workspaceId: string; day: string; tokens: bigint };
}
