/** Serves the naive wall from a loopback port of its own, as a web page and not an extension. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { inProject } from './root.ts';

const SOURCE = inProject('bench/peers/naive.ts');

export interface NaivePage {
  /** Its web origin, for the relay's `allowOrigins`. */
  readonly origin: string;
  url(relayUrl: string, cameras: readonly string[]): string;
  stop(): Promise<void>;
}

export async function serveNaivePage(): Promise<NaivePage> {
  const bundle = await build({
    entryPoints: [SOURCE],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    define: { __MEASURE__: 'true' },
    logLevel: 'warning',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/naive.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? script
        : '<!doctype html><meta charset="utf-8"><title>naive</title><body><script src="/naive.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (relayUrl, cameras) =>
      `${origin}/?relay=${encodeURIComponent(relayUrl)}&cameras=${encodeURIComponent(cameras.join(','))}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
