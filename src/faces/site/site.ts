import { readFileSync } from 'node:fs';
import type { Hono } from 'hono';
import { shared } from '../http-reply.ts';
import { escaped, page, takesPages } from '../page.ts';

interface SitePorts {
  publicUrl: string;
  listWorkspaces(): Promise<readonly string[]>;
}

/** Of the app: the one picture that browsers ask for by themselves. */
const icon = readFileSync(new URL('../../../web/src/app/icon.svg', import.meta.url), 'utf8');
const iconHeaders = { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'public, max-age=86400' };

/** The front page and `/llms.txt`: what this is and where to knock; a page for people, and plain text for who asks for none. */
export function mountSite(app: Hono, { publicUrl, listWorkspaces }: SitePorts): void {
  const byAccept = { ...shared, Vary: 'Accept' };
  app.get('/', async (c) => {
    const slugs = await listWorkspaces();
    return takesPages(c)
      ? page('Postern', frontPageForPeople(publicUrl, slugs), 200, byAccept)
      : c.text(frontPage(publicUrl, slugs), 200, byAccept);
  });
  for (const path of ['/favicon.ico', '/favicon.svg'])
    app.get(path, () => new Response(icon, { headers: iconHeaders }));
  app.get('/llms.txt', async (c) => c.text(llmsText(publicUrl, await listWorkspaces()), 200, shared));
}

const curl = (publicUrl: string, slug: string) =>
  `curl -s ${publicUrl}/api/mcp/${slug} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`;

const frontPageForPeople = (publicUrl: string, slugs: readonly string[]): string =>
  `<p>A helpdesk with a door for AI agents.</p><p><a href="/app">Go to your desk</a></p><h2>For agents</h2><p>No account and no API key: an agent calls a tool, is told the price, pays for that one call in USDC (x402), and the action happens. The tools and their prices:</p>${slugs
    .map((slug) => `<pre tabindex="0">${escaped(curl(publicUrl, slug))}</pre>`)
    .join(
      '',
    )}<p><a href="/llms.txt">llms.txt</a> says the rest, <a href="/.well-known/x402">.well-known/x402</a> all that is for sale.</p>`;

const frontPage = (
  publicUrl: string,
  slugs: readonly string[],
) => `Postern: a helpdesk with a door for AI agents.

No account and no API key: an agent calls a tool, is told the price, pays for that one call in USDC (x402), and the
action happens.

The tools and their prices:

${slugs.map((slug) => `  ${curl(publicUrl, slug)}`).join('\n')}

For people: ${publicUrl}/app
For agents: ${publicUrl}/llms.txt
For crawlers: ${publicUrl}/.well-known/x402
`;

const llmsText = (publicUrl: string, slugs: readonly string[]) => `# Postern

> A helpdesk whose tools an agent can use without an account: free reads, and priced actions paid per call in USDC by x402 (versions 1 and 2).

Each workspace is one MCP endpoint (streamable HTTP, stateless, no authorization). A priced tool answers its first call with HTTP 402: terms in the header PAYMENT-REQUIRED (v2) and in the body (v1). Sign one of them and repeat the same call with the payment in PAYMENT-SIGNATURE (v2), X-PAYMENT (v1) or \`_meta["x402/payment"]\`. With \`?payment=meta\` on the address the terms come inside a tool result instead.

An answer "settlement_pending" means that the payment is on its way: ask the status address it names, and do not pay again. Repeating a call with the same payment is safe and never charged twice.

## Workspaces
${slugs.map((slug) => `- [${slug}](${publicUrl}/api/mcp/${slug}): MCP endpoint; [manifest](${publicUrl}/api/mcp/${slug}/manifest): tools, prices, networks`).join('\n')}

## Plain HTTP
- \`POST ${publicUrl}/api/x402/tools/{workspace}/{tool}\`: the same tools without MCP; the body is the arguments
- \`GET ${publicUrl}/api/purchases/{id}\`: where a purchase stands, its output and its signed receipt
- \`GET ${publicUrl}/api/wallets/{address}?workspace={workspace}\`: how a wallet stands; its caps and the reasons after a sign-in-with-x
- [${publicUrl}/.well-known/x402](${publicUrl}/.well-known/x402): everything that is for sale here
`;
