/** A tool's own address: where it is called without MCP, and how a receipt names it whatever face it was bought at. */
export const toolUrl = (publicUrl: string, workspaceSlug: string, tool: string): string =>
  `${publicUrl}/api/x402/tools/${encodeURIComponent(workspaceSlug)}/${encodeURIComponent(tool)}`;
