import { Hono } from 'hono';
import { onlyHosts } from '../../../src/faces/http.ts';
import { readJson } from '../../../src/faces/http-body.ts';
import { empty, responseOf } from '../../../src/faces/http-reply.ts';
import { type RunningServer, serve } from '../../../src/faces/http-serve.ts';
import { dispatch, prepareListing, type ToolServer } from '../../../src/faces/mcp/dispatch.ts';
import { protocolHeaders } from '../../../src/faces/mcp/protocol.ts';
import { PosternError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';

/**
 * Postern's dispatcher in front of the tools that the conformance suites look for. They belong to the suites, not to
 * the product: what is tested is the protocol around them.
 */

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const silence = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (value: string): JsonObject => ({ type: 'text', text: value });
const image: JsonObject = { type: 'image', data: pixel, mimeType: 'image/png' };
const resource = (uri: string, mimeType: string, value: string): JsonObject => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
});

const results: Record<string, JsonObject> = {
  test_simple_text: { content: [text('This is a simple text response for testing.')] },
  test_image_content: { content: [image] },
  test_audio_content: { content: [{ type: 'audio', data: silence, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    content: [resource('test://embedded-resource', 'text/plain', 'An embedded resource.')],
  },
  test_multiple_content_types: {
    content: [text('Multiple:'), image, resource('test://mixed', 'application/json', '{"test":"data"}')],
  },
  test_error_handling: {
    isError: true,
    content: [text('This tool intentionally returns an error for testing')],
  },
  // These two are about what must not come along with an answer.
  test_logging_tool: { content: [text('nothing logged')] },
  test_streaming_elicitation: { content: [text('nothing asked')] },
};

const tool = (name: string): JsonObject => ({
  name,
  description: `Returns a fixed result (${name}).`,
  inputSchema: { type: 'object', properties: {} },
});

export async function startConformanceServer(): Promise<RunningServer> {
  const info = { name: 'postern-conformance', title: 'Conformance', version: '1.0.0' };
  const server: ToolServer = {
    info,
    instructions: 'Tools for the conformance suites.',
    cacheScope: 'public',
    listing: prepareListing(Object.keys(results).map(tool), info),
    async call({ name, reply }) {
      const result = results[name];
      if (!result) throw new PosternError('tool_not_found');
      return reply(result);
    },
  };
  const visible = (error: unknown) =>
    error instanceof PosternError ? error : new PosternError('internal', `${error}`);
  const app = new Hono();
  app.use(onlyHosts(['localhost', '127.0.0.1', '[::1]']));
  app.post('/mcp', async (c) =>
    responseOf(
      await dispatch(
        await readJson(c.req.raw),
        protocolHeaders((name) => c.req.header(name)),
        async () => server,
        visible,
      ),
    ),
  );
  app.all('/mcp', () => empty(405, { Allow: 'POST' }));
  return serve({ app, host: '127.0.0.1', port: 0 });
}
