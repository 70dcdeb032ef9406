/** What a managed MediaMTX survives, how fast it is back, and what it leaves behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStartTime, reapLeftovers } from '../../relay/process/run-records.ts';
import { eventually } from '../support/eventually.ts';
import {
  end,
  flowing,
  MediamtxRig,
  mediamtxOnPath,
  occupy,
  portsOf,
  reach,
  ready,
  readyAgain,
  timers,
} from '../support/mediamtx-rig.ts';

const program = await mediamtxOnPath();

let rig: MediamtxRig;
beforeEach(() => {
  rig = new MediamtxRig(program);
});
afterEach(() => rig.close());

describe.skipIf(program === undefined)('a managed MediaMTX in trouble (needs mediamtx on PATH)', () => {
  it.each([
    ['SIGKILL', 2_000, 4_000, 'MediaMTX was killed (SIGKILL)'],
    ['SIGSTOP', 7_000, 9_000, 'MediaMTX hangs'],
  ] as const)(
    'after a %s is ready again at the same ports within %i ms, published to again within %i ms by encoders that come back',
    async (signal, readyMs, publishedMs, reason) => {
      const manager = await rig.create();
      manager.start();
      const pid = await ready(manager);
      const stopPublishing = rig.keepPublishing(manager, 'front/main');
      try {
        await flowing(manager, 'front/main');
        const startMs = performance.now();
        process.kill(pid, signal);
        const tookMs = await readyAgain(manager, pid);
        expect(tookMs).toBeLessThan(readyMs);
        expect(processStartTime(pid)).toBeUndefined();
        expect(rig.said.join('\n')).toContain(reason);
        await flowing(manager, 'front/main');
        const ms = performance.now() - startMs;
        console.log(
          `${signal}: ready after ${Math.round(tookMs)} ms, published to after ${Math.round(ms)} ms`,
        );
        expect(ms).toBeLessThan(publishedMs);
      } finally {
        stopPublishing();
      }
    },
  );

  it('says who took a port of its own meanwhile', async () => {
    const manager = await rig.create();
    manager.start();
    const pid = await ready(manager);
    const port = portsOf(manager).hls;
    process.kill(pid, 'SIGKILL');
    // Its own listener goes with it; in the pause before the restart somebody else is quicker.
    const { server } = await eventually(
      'the port',
      () => occupy(port).catch(() => undefined),
      (value) => value !== undefined,
      2_000,
    ).then((value) => value ?? expect.fail('no port'));
    const waiting = await reach(manager, 'degraded');
    expect(waiting).toMatchObject({
      reason: expect.stringMatching(`TCP port ${port} for HLS .* taken by .*process ${process.pid}`),
    });
    server.close();
    await once(server, 'close');
  });

  it('is degraded when it is killed again and again, and comes back when that ends', async () => {
    const manager = await rig.create();
    manager.start();
    let kills = 0;
    const killer = timers.every(20, () => {
      const { state } = manager;
      if (state.name !== 'ready' || state.pid === undefined) return;
      if (processStartTime(state.pid) === undefined) return;
      kills += 1;
      process.kill(state.pid, 'SIGKILL');
    });
    const state = await reach(manager, 'degraded', 20_000);
    killer();
    expect(state).toMatchObject({ reason: 'MediaMTX was killed (SIGKILL)' });
    expect(kills).toBeGreaterThanOrEqual(4);
    await reach(manager, 'ready', 20_000);
  });

  it('names the owner of a configured port that is taken', async () => {
    const { server, port } = await occupy();
    const manager = await rig.create({ ports: { hls: port } });
    manager.start();
    const state = await reach(manager, 'degraded');
    expect(state).toMatchObject({
      reason: expect.stringContaining(`TCP port ${port} for HLS of MediaMTX is taken by`),
    });
    expect(state).toMatchObject({ reason: expect.stringContaining(`(process ${process.pid})`) });
    server.close();
    await once(server, 'close');
  });

  it('says where it cannot write its configuration', async () => {
    writeFileSync(join(rig.dataDir, 'run'), 'a file where the folder should be');
    const manager = await rig.create();
    manager.start();
    const state = await reach(manager, 'degraded');
    expect(state).toMatchObject({
      reason: expect.stringMatching(/^the configuration of MediaMTX cannot be written to .*run\/mediamtx-/),
    });
  });

  it('leaves no process, port or file behind', async () => {
    const manager = await rig.create();
    manager.start();
    const pid = await ready(manager);
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
    const port = portsOf(manager).hls;
    const startMs = performance.now();
    await manager.stop();
    console.log(`stop: ${Math.round(performance.now() - startMs)} ms`);
    expect(processStartTime(pid)).toBeUndefined();
    expect(readdirSync(join(rig.dataDir, 'run'))).toEqual([]);
    (await occupy(port)).server.close();
    await manager.stop();
    expect(manager.state).toEqual({ name: 'stopped' });
  });

  it('can be ended while it starts', async () => {
    const manager = await rig.create();
    manager.start();
    await manager.stop();
    expect(manager.state.name).toBe('stopped');
    expect(readdirSync(rig.dataDir).flatMap((name) => readdirSync(join(rig.dataDir, name)))).toEqual([]);
  });

  it('is ended by the next relay when its own was killed', async () => {
    const owner = spawn('sleep', ['60'], { stdio: 'ignore' });
    rig.encoders.push(owner);
    const manager = await rig.create({ ownerPid: owner.pid ?? 0 });
    manager.start();
    const pid = await ready(manager);
    expect(reapLeftovers(rig.dataDir)).toEqual([]);
    await end(owner);
    expect(reapLeftovers(rig.dataDir)).toEqual([{ pid, label: 'MediaMTX' }]);
    await eventually(
      'its end',
      () => processStartTime(pid),
      (startTime) => startTime === undefined,
    );
  });
});
