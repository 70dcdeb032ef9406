import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withCleanup } from '../../rig/cli.ts';
import { lossyLinkProblem, startLossyLink } from '../../rig/lossy-link.ts';
import { inProject } from '../../rig/root.ts';
import { eventually } from '../support/eventually.ts';

const BODY = Buffer.alloc(200_000, 'lockstep');
const problem = lossyLinkProblem();

async function serve(): Promise<string> {
  const server = createServer((_request, response) => response.end(BODY));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.skipIf(problem !== undefined)('a link that loses packets', () => {
  it('carries all that a server says, at its rate and delay, and is gone with its scope', async () => {
    const origin = await serve();
    const url = await withCleanup(async (scope) => {
      const link = await startLossyLink(origin, { rateKbps: 4_000, delayMs: 50, lossPercent: 0 }, scope);
      const beganMs = performance.now();
      expect((await read(link)).equals(BODY)).toBe(true);
      // 0.4 s for the bytes, and two round trips: to connect, and to ask.
      expect(performance.now() - beganMs).toBeGreaterThan(590);
      return link;
    });
    await expect(read(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('loses packets that TCP then repeats: all comes, much later', async () => {
    const origin = await serve();
    const tookMs = (lossPercent: number): Promise<number> =>
      withCleanup(async (scope) => {
        const link = await startLossyLink(origin, { rateKbps: 20_000, delayMs: 20, lossPercent }, scope);
        const beganMs = performance.now();
        for (let turn = 0; turn < 3; turn += 1) expect((await read(link)).equals(BODY)).toBe(true);
        return performance.now() - beganMs;
      });
    expect(await tookMs(10)).toBeGreaterThan(1.5 * (await tookMs(0)));
  });

  it('leaves nothing behind when the process that started it is killed', async () => {
    const origin = await serve();
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn('/usr/bin/python3', ${JSON.stringify([
        inProject('rig/lossy-link.py'),
        JSON.stringify({ port: Number(new URL(origin).port), rateKbps: 0, delayMs: 0, lossPercent: 1 }),
      ])}, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
      child.stdout.on('data', (line) => process.stdout.write(line));`;
    const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const url = `http://127.0.0.1:${port}`;
    expect((await read(url)).equals(BODY)).toBe(true);
    owner.kill('SIGKILL');
    await eventually(
      'the link is gone',
      () => read(url).then(String, String),
      (said) => said.includes('ECONNREFUSED'),
    );
  });
});

it.skipIf(problem === undefined)('says why where the host does not allow it', async () => {
  await expect(
    withCleanup((scope) =>
      startLossyLink('http://127.0.0.1:1', { rateKbps: 1, delayMs: 1, lossPercent: 1 }, scope),
    ),
  ).rejects.toThrow(problem);
});

/** By a connection that the server ends. */
async function read(url: string): Promise<Buffer> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return Buffer.concat(await response.toArray());
}
