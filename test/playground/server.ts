/** The playground: the inspector's page in a browser, in every state that the tests have, and what it sends. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOOKS } from '../e2e/support/looks';
import { PAGE, servePage } from '../e2e/support/page-server';
import { THEMES } from '../e2e/support/states';
import { frame } from './frame';

interface Playground {
  readonly address: string;
  /** Lets every open page load again. */
  reload(): void;
  close(): Promise<void>;
}

/**
 * Serves the playground from 127.0.0.1.
 * @param folder where the page was built
 * @param port 0 for a free one
 */
export async function startPlayground(folder: string, port: number): Promise<Playground> {
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const look = LOOKS.find(([name]) => name === searchParams.get('look'));
    if (pathname === PAGE && !look) return void response.writeHead(404).end();
    if (servePage(request, response, folder, look?.[2])) return;
    if (pathname === '/changes') return void listen(response, waiting);
    if (pathname !== '/') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      frame(
        LOOKS.map(([name, tab]) => ({ name, tab })),
        THEMES,
      ),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reload: () => {
      for (const response of waiting) response.write('data: built\n\n');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A stream of events that tells of each new build. */
function listen(response: ServerResponse, waiting: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': \n\n');
  waiting.add(response);
  response.once('close', () => waiting.delete(response));
}
