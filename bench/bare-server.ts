/**
 * What a 402 costs when nothing is worked out: node:http alone, one fixed answer of the size of a challenge.
 * Argument: the header's length in characters. Prints where it listens.
 */
import { createServer } from 'node:http';

const headers = {
  'content-type': 'application/json',
  // Without it Node sends chunks, which cost it a second write.
  'content-length': '2',
  'payment-required': 'A'.repeat(Number(process.argv[2])),
};

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(402, headers).end('{}'));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  console.log(`The bare server is ready on http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));
