import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { withCleanup } from '../../rig/cli.ts';
import { startLink } from '../../rig/link.ts';

const BODY = Buffer.alloc(100_000, 'lockstep');

it('carries what a server says to its last byte, at the rate of the link, and is gone with its scope', async () => {
  const server = createServer((_request, response) => response.end(BODY));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = await withCleanup(async (scope) => {
    const link = await startLink(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      { down: { rateKbps: 2_000, delayMs: 50 }, up: { delayMs: 50 } },
      scope,
    );
    const beganMs = performance.now();
    const body = await read(link.url);
    expect(body.equals(BODY)).toBe(true);
    // 0.4 s for the bytes, and 0.1 s there and back.
    expect(performance.now() - beganMs).toBeGreaterThan(490);
    expect(link.downBytes()).toBeGreaterThan(BODY.length);
    return link.url;
  });
  await expect(read(url)).rejects.toThrow('ECONNREFUSED');
});

/** By a connection that the server ends. */
async function read(url: string): Promise<Buffer> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return Buffer.concat(await response.toArray());
}
