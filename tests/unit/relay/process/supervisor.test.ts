import { beforeEach, describe, expect, it } from 'vitest';
import type { Ending } from '../../../../relay/process/ending.ts';
import { Supervisor, TICK_MS } from '../../../../relay/process/supervisor.ts';
import { HANG_MS, REPLACE_GRACE_MS, STEADY_MS } from '../../../../relay/process/supervisor-machine.ts';
import { FakeTime } from '../../../support/fake-time.ts';

let time: FakeTime;
let did: string[];
let changes: string[];
let end: ((ending: Ending) => void)[];
let supervisor: Supervisor;
let spared: number[];
let spare: boolean;

beforeEach(() => {
  time = new FakeTime();
  did = [];
  changes = [];
  end = [];
  spared = [];
  spare = false;
  supervisor = new Supervisor({
    clock: time,
    timers: time,
    random: () => 0,
    spare: (silentMs) => {
      spared.push(silentMs);
      return spare;
    },
    launch: (onEnded) => {
      const id = end.push(onEnded);
      did.push(`spawn ${id}`);
      return { terminate: () => did.push(`terminate ${id}`), kill: () => did.push(`kill ${id}`) };
    },
    onChange: (state) => changes.push(state.name),
  });
});

const ended = (id: number, ending: Ending = { kind: 'exit', code: 1 }): void => end[id - 1]?.(ending);

describe('Supervisor', () => {
  it('starts again after the process ended by itself', () => {
    supervisor.start();
    supervisor.media();
    ended(1);
    time.advance(2 * TICK_MS);
    expect(did).toEqual(['spawn 1', 'spawn 2']);
    expect(changes).toEqual(['starting', 'running', 'backing-off', 'starting']);
  });

  it('kills a process that hangs, again and again', () => {
    supervisor.start();
    supervisor.media();
    time.advance(HANG_MS);
    expect(did).toEqual(['spawn 1', 'kill 1']);
    time.advance(REPLACE_GRACE_MS);
    expect(did).toEqual(['spawn 1', 'kill 1', 'kill 1']);
  });

  it('asks before it kills a silent process, and kills it once there is no more time for it', () => {
    supervisor.start();
    supervisor.media();
    spare = true;
    time.advance(HANG_MS + TICK_MS);
    expect(spared).toEqual([HANG_MS, HANG_MS + TICK_MS]);
    expect(did).toEqual(['spawn 1']);
    spare = false;
    time.advance(TICK_MS);
    expect(did).toEqual(['spawn 1', 'kill 1']);
  });

  it('starts again at once, without waiting for a tick, after a steady run', () => {
    supervisor.start();
    supervisor.media();
    for (let ranMs = 0; ranMs < STEADY_MS; ranMs += 1_000) {
      time.advance(1_000);
      supervisor.media();
    }
    ended(1);
    time.advance(0);
    expect(did).toEqual(['spawn 1', 'spawn 2']);
    ended(2);
    time.advance(249);
    expect(did).toEqual(['spawn 1', 'spawn 2']);
    time.advance(1);
    expect(did).toEqual(['spawn 1', 'spawn 2', 'spawn 3']);
  });

  it('does not take its own standstill for a hang', () => {
    supervisor.start();
    supervisor.media();
    time.jump(60_000);
    time.advance(1);
    supervisor.media();
    time.advance(TICK_MS);
    expect(did).toEqual(['spawn 1']);
  });

  it('resolves stop only when the process is gone', async () => {
    supervisor.start();
    supervisor.media();
    let stopped = false;
    const stop = supervisor.stop().then(() => {
      stopped = true;
    });
    await Promise.resolve();
    expect(stopped).toBe(false);
    ended(1);
    await stop;
    expect(did).toEqual(['spawn 1', 'terminate 1']);
    expect(time.pending).toBe(0);
  });

  it('may be stopped twice and before it was started', async () => {
    await supervisor.stop();
    supervisor.start();
    const first = supervisor.stop();
    const second = supervisor.stop();
    ended(1);
    await Promise.all([first, second]);
    expect(changes.at(-1)).toBe('stopped');
  });

  it('starts again when started while it stops', () => {
    supervisor.start();
    void supervisor.stop();
    supervisor.start();
    ended(1);
    expect(did).toEqual(['spawn 1', 'terminate 1', 'spawn 2']);
  });

  it('ignores the end of a process that was already replaced', () => {
    supervisor.start();
    ended(1);
    time.advance(2 * TICK_MS);
    supervisor.media();
    ended(1);
    expect(changes.at(-1)).toBe('running');
  });
});
