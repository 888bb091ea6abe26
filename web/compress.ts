/** Beside each file of the build, the same compressed: the server sends it to browsers that take it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { Plugin } from 'vite';

const texts: ReadonlySet<string> = new Set(['.js', '.css', '.svg']);

/** Once, when the app is built, as tightly as it goes: no answer waits for it. */
export const compressed = (): Plugin => ({
  name: 'compressed',
  apply: 'build',
  async writeBundle({ dir }) {
    const folder = join(dir!, 'assets');
    const names = (await readdir(folder)).filter((name) => texts.has(extname(name)));
    await Promise.all(names.map((name) => compress(join(folder, name))));
  },
});

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [zlib.BROTLI_PARAM_SIZE_HINT]: content.length } }),
    promisify(gzip)(content, { level: zlib.Z_BEST_COMPRESSION }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}
