/** nginx for tests: a caching proxy in front of a server, with the folder it keeps things in, gone at the end of the file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../src/kernel/time.ts';
import { freePort } from '../src/store/postgres.ts';
import { atEnd } from './harness.ts';

/** Where Debian and others keep it; not always on the path of who is not root. */
const places = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'];

/** The program, or undefined where none is installed. */
export async function findNginx(): Promise<string | undefined> {
  for (const place of places) {
    const probe = spawn(place, ['-v'], { stdio: 'ignore' });
    const found = await once(probe, 'exit').then(
      ([code]) => code === 0,
      () => false,
    );
    if (found) return place;
  }
  return undefined;
}

/**
 * Starts nginx in front of `upstream`. @param directives what its one `location` says, beside `proxy_pass`
 * @returns its address, such as `http://localhost:40123`
 */
export async function startNginx(program: string, upstream: string, directives: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-nginx-'));
  // Root's nginx hands its work to another user.
  await chmod(folder, 0o777);
  await mkdir(join(folder, 'logs'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(folder, port, upstream, directives));
  const nginx = spawn(program, ['-p', folder, '-e', join(folder, 'logs/error.log'), '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  atEnd(async () => {
    if (nginx.exitCode === null && nginx.signalCode === null) {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  await accepting(nginx, port);
  return `http://localhost:${port}`;
}

const configuration = (folder: string, port: number, upstream: string, directives: string) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  large_client_header_buffers 4 32k;
  proxy_cache_path ${folder}/cache keys_zone=all:10m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      add_header X-Cache $upstream_cache_status always;
      ${directives}
    }
  }
}
`;

async function accepting(nginx: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && nginx.exitCode === null; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(25);
  }
  throw new Error('nginx did not start');
}
