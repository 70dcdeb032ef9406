/** Serves a script as a web page, and not an extension, from a loopback port of its own: other players beside ours. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { inProject } from './root.ts';

export interface ScriptPage {
  /** Its web origin, for the relay's `allowOrigins`. */
  readonly origin: string;
  url(query: Readonly<Record<string, string>>): string;
  stop(): Promise<void>;
}

/** @param source TypeScript file inside the project */
export async function servePage(source: string): Promise<ScriptPage> {
  const bundle = await build({
    entryPoints: [inProject(source)],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    define: { __MEASURE__: 'true' },
    logLevel: 'warning',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? script
        : '<!doctype html><meta charset="utf-8"><title>player</title><body><script src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (query) => `${origin}/?${new URLSearchParams(query)}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
