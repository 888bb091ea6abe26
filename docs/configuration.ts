/** Writes docs/configuration.md from the schema of the settings. */
import { writeFile } from 'node:fs/promises';
import { describeSettings } from '../src/config.ts';

const page = `# Settings

All settings are environment variables; none is needed to try Postern. A bad one stops the start with a line that names it. Made from \`src/config.ts\` by \`node docs/configuration.ts\`.

${describeSettings()}
`;
await writeFile(new URL('configuration.md', import.meta.url), page);
