/** Programs that call themselves MediaMTX and are not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMediamtx } from '../../relay/mediamtx/find.ts';
import { createSpawn } from '../../relay/process/spawn.ts';
import { MediamtxRig, reach, timers } from '../support/mediamtx-rig.ts';

let rig: MediamtxRig;
beforeEach(() => {
  rig = new MediamtxRig(undefined);
});
afterEach(() => rig.close());

describe('a program that only claims to be MediaMTX', () => {
  function fake(body: string): string {
    const path = join(rig.dataDir, 'mediamtx');
    const script = `#!${process.execPath}
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
if (process.argv[2] === '--version') { console.log('v1.20.1'); process.exit(0); }
const port = Number(JSON.parse(readFileSync(process.argv[2], 'utf8')).apiAddress.split(':')[1]);
const answer = (text) => createServer((request, response) => response.end(text)).listen(port, '127.0.0.1');
${body}
`;
    writeFileSync(path, script, { mode: 0o755 });
    return path;
  }

  it.each([
    [
      "answer('<html>hello</html>');",
      'MediaMTX cannot be asked: the API answered something that is not JSON',
    ],
    [
      "answer('{}');",
      'MediaMTX cannot be asked: the API answered something unexpected (version: expected "version")',
    ],
    [
      `require('node:net').createServer((socket) => socket.end('SSH-2.0\\r\\n')).listen(port, '127.0.0.1');`,
      'MediaMTX cannot be asked: what answers at the API port does not speak HTTP',
    ],
    [`answer('{"version":"v1.19.3"}');`, 'MediaMTX says at its API that it is version 1.19.3, not 1.20.1'],
    [
      `answer('{"version":"v1.20.1","items":[]}');`,
      'MediaMTX runs with other settings than asked for: logLevel is not known to it; logDestinations is not known to it; logStructured is not known to it',
    ],
    [
      `console.log('2026/01/01 00:00:00 ERR listen tcp: address in use'); process.exit(1);`,
      'MediaMTX ended with exit code 1: listen tcp: address in use',
    ],
    ['process.exit(0);', 'MediaMTX ended'],
  ])('is never taken for ready: %s', async (body, reason) => {
    const manager = await rig.create({ program: fake(body) });
    manager.start();
    await reach(manager, 'lost');
    expect(manager.state).toEqual({ name: 'lost', reason });
  });

  it('is not waited for when it does not tell its version', async () => {
    const path = join(rig.dataDir, 'mediamtx');
    writeFileSync(path, '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
    const answer = await findMediamtx({
      spawn: createSpawn({ env: process.env, timers }),
      timers: { ...timers, after: (_, run) => timers.after(300, run) },
      env: {},
      dataDir: rig.dataDir,
      configured: path,
    });
    const problem = `${path} did not tell its version within 5 s, so it is not MediaMTX`;
    expect(answer).toEqual({ kind: 'none', problem, passedOver: [problem] });
  });
});
