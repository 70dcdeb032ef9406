import { describe, expect, it } from 'vitest';
import type { Child, ChildEvents, ChildSpec } from '../../../../relay/process/child.ts';
import { Transcoder } from '../../../../relay/transcode/transcoder.ts';
import { WakeQueue } from '../../../../relay/transcode/wake-queue.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';
import { fragment, initBoxes, join } from '../../../support/boxes.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { sourceParts } from '../../../support/source-parts.ts';
import { transcodeJob } from '../../../support/transcoder-rig.ts';

/** What stands in for ffmpeg: the test says what it makes of what it was given. */
class FakeFfmpeg {
  readonly spec: ChildSpec;
  readonly signals: string[] = [];
  readonly given: number[] = [];
  /** It reads nothing. */
  full = false;
  readonly #events: ChildEvents;
  #drained: () => void = () => undefined;

  constructor(spec: ChildSpec, events: ChildEvents) {
    this.spec = spec;
    this.#events = events;
  }

  write(bytes: Uint8Array): boolean {
    this.given.push(bytes[0] ?? -1);
    return !this.full;
  }

  readonly onDrained = (listener: () => void): void => {
    this.#drained = listener;
  };

  /** It has read what it was given. */
  reads(): void {
    this.full = false;
    this.#drained();
  }

  get filters(): string {
    return this.spec.args[this.spec.args.indexOf('-vf') + 1] ?? '';
  }

  header(): void {
    const { ftyp, moov } = initBoxes();
    this.#events.onStdout(join(ftyp, moov));
  }

  /** Two pictures, 100 ms together. */
  picture(mediaMs: number, keyframe = false): void {
    this.#events.onStdout(fragment(mediaMs, keyframe, 100));
  }

  says(text: string): void {
    this.#events.onStderr(`${text}\n`);
  }

  end(code: number): void {
    this.#events.onEnded({ kind: 'exit', code });
  }

  killed(): void {
    this.#events.onEnded({ kind: 'signal', signal: 'SIGKILL' });
  }
}

function rig({
  wakes,
  runnable = false,
}: {
  wakes?: (time: FakeTime) => WakeQueue;
  runnable?: boolean;
} = {}) {
  const time = new FakeTime();
  const source = sourceParts(10_000);
  const target = new Timeline({ windowMs: 60_000 });
  const processes: FakeFfmpeg[] = [];
  const logged: string[] = [];
  const write = (_fields: object, message: string): void => void logged.push(message);
  const transcoder = new Transcoder({
    ...{ label: 'camera test (360)', target, partMs: 67, clock: time, timers: time, random: () => 0.5 },
    wakes: wakes?.(time) ?? new WakeQueue({ timers: time, atOnce: 2 }),
    activity: () => (runnable ? 'busy' : 'waiting'),
    spawn: (spec, events): Child => {
      const process = new FakeFfmpeg(spec, events);
      processes.push(process);
      return {
        pid: 1_000 + processes.length,
        input: { write: (bytes) => process.write(bytes), onDrained: process.onDrained, pendingBytes: 0 },
        signal: (signal) => void process.signals.push(signal),
      };
    },
    runRecords: { add: () => () => undefined },
    log: { debug: () => undefined, info: () => undefined, warn: write, error: write },
    onChange: () => undefined,
  });
  const make = (size = '320x180'): void =>
    transcoder.make({ source: source.timeline, job: transcodeJob(size) });
  const last = (): FakeFfmpeg => {
    const process = processes.at(-1);
    if (process === undefined) throw new Error('nothing was started');
    return process;
  };
  /** The source and its rung go on together for so many parts of 100 ms. */
  const both = (fromMs: number, count: number): void => {
    for (let n = 0; n < count; n += 1) {
      source.part();
      last().picture(fromMs + n * 100);
      time.advance(100);
    }
  };
  return { time, source, target, processes, logged, transcoder, make, last, both };
}

/** One that plays: the source ends at 10.5 s, so does the rung. */
function playing(options: Parameters<typeof rig>[0] = {}) {
  const its = rig(options);
  its.source.gop(5);
  its.make();
  its.last().header();
  for (let n = 0; n < 5; n += 1) its.last().picture(10_000 + n * 100, n === 0);
  return its;
}

describe('Transcoder', () => {
  it('waits for a keyframe of its source and gives it from there on', () => {
    const { source, processes, make, last, transcoder } = rig();
    source.part();
    make();
    expect(processes).toHaveLength(0);
    expect(transcoder.state).toEqual({ name: 'starting' });
    source.gop(2);
    source.part();
    expect(last().given).toEqual([1, 1, 2, 3]);
  });

  it('does not make what is over already', () => {
    const { source, make, last } = rig();
    source.gop(15);
    make();
    // From 10 to 11.5 s, of which 300 ms are enough to begin to play.
    expect(last().filters).toMatch(/^trim=start=11\.198000,/);
    expect(last().given).toHaveLength(16);
  });

  it('has the dates of its source', () => {
    const { target, transcoder } = playing();
    expect(target.segments[0]).toMatchObject({ pdtMs: 1_000_000 });
    expect(target.segments[0]?.parts[0]).toMatchObject({ mediaMs: 10_000, independent: true });
    expect(transcoder.state).toEqual({ name: 'running', firstPictureMs: 0 });
    expect(transcoder.figures).toMatchObject({ pids: [1_001], frames: 10, behindMs: 0, pendingBytes: 0 });
  });

  it('goes on behind its last picture after its process died', () => {
    const { time, target, processes, last, transcoder, both, logged } = playing();
    both(10_500, 3);
    last().killed();
    expect(transcoder.state).toEqual({
      name: 'failed',
      reason: 'transcoder was killed (SIGKILL); restarting',
    });
    time.advance(500);
    expect(processes).toHaveLength(2);
    expect(last().filters).toMatch(/^trim=start=10\.798000,/);
    last().header();
    last().picture(10_800, true);
    expect(target.segments.map(({ epoch }) => epoch)).toEqual([0, 0]);
    expect(target.segments[1]?.parts[0]?.mediaMs).toBe(10_800);
    expect(logged).toEqual(['transcoder was killed (SIGKILL)']);
  });

  it('does not spin when it dies at once each time, and says why', () => {
    const { time, source, make, last, processes, transcoder } = rig();
    source.gop(2);
    make();
    for (let n = 0; n < 600; n += 1) {
      if (processes.length > n) {
        last().says('[error] Unknown encoder libx264');
        last().end(1);
      }
      time.advance(100);
    }
    expect(processes.length).toBeLessThan(15);
    expect(transcoder.state).toMatchObject({
      name: 'failed',
      reason: expect.stringMatching(/^this ffmpeg has no H\.264 encoder .*; (next try in \d+ s|restarting)$/),
    });
  });

  it('takes another process when the source changes its picture', () => {
    const { time, source, last, processes } = playing();
    source.init('b', [2]);
    source.part(true);
    expect(last().signals).toEqual(['SIGTERM']);
    last().killed();
    expect(processes).toHaveLength(2);
    expect(last().given).toEqual([2, 5]);
    time.advance(100);
  });

  it('replaces one that owes a picture and is silent for 1.5 s', () => {
    const { time, source, last } = playing();
    for (let n = 0; n < 12; n += 1) {
      source.part();
      time.advance(100);
    }
    expect(last().signals).toEqual([]);
    for (let n = 0; n < 12; n += 1) {
      source.part();
      time.advance(100);
    }
    expect(last().signals).toContain('SIGKILL');
  });

  it('leaves one alone that owes nothing', () => {
    const { time, last } = playing();
    time.advance(60_000);
    expect(last().signals).toEqual([]);
  });

  it('leaves one alone for 10 s that a full host does not let run', () => {
    const { time, source, last } = playing({ runnable: true });
    const silent = (count: number): void => {
      for (let n = 0; n < count; n += 1) {
        source.part();
        time.advance(100);
      }
    };
    silent(90);
    expect(last().signals).toEqual([]);
    silent(40);
    expect(last().signals).toContain('SIGKILL');
  });

  it('leaves out pictures when it lags, up to a keyframe', () => {
    const { time, source, last, transcoder } = playing({ runnable: true });
    for (let n = 0; n < 14; n += 1) {
      source.part();
      time.advance(100);
    }
    expect(transcoder.state).toEqual({ name: 'lagging' });
    const before = last().given.length;
    source.part();
    source.part();
    expect(last().given).toHaveLength(before);
    for (let n = 0; n < 14; n += 1) last().picture(10_500 + n * 100);
    source.part();
    expect(last().given).toHaveLength(before);
    source.part(true);
    expect(last().given).toHaveLength(before + 1);
    time.advance(100);
    expect(transcoder.state.name).toBe('running');
  });

  it('leaves out what its process has not read when it lags', () => {
    const { time, source, last } = playing({ runnable: true });
    last().full = true;
    for (let n = 0; n < 14; n += 1) {
      source.part();
      time.advance(100);
    }
    // One that it was given, and the others never.
    const before = last().given.length;
    last().reads();
    expect(last().given).toHaveLength(before);
    last().picture(10_500);
    source.part(true);
    expect(last().given).toHaveLength(before + 1);
  });

  it('begins with a newer keyframe when that comes before its first picture', () => {
    const { source, make, last, target } = rig();
    source.gop(3);
    make();
    last().full = true;
    for (let n = 0; n < 4; n += 1) source.part();
    source.part(true);
    const before = last().given.length;
    last().reads();
    expect(last().given).toHaveLength(before + 1);
    last().header();
    last().picture(10_700, true);
    last().picture(10_800);
    expect(target.segments[0]?.parts[0]).toMatchObject({ mediaMs: 10_700, pdtMs: 1_000_700 });
  });

  it('that stays too slow shows what it can, and tells how much of the pictures that is', () => {
    const { time, source, last, transcoder } = playing({ runnable: true });
    const process = last();
    const before = transcoder.figures;
    const todo: number[] = [];
    for (let n = 0; n < 600; n += 1) {
      const given = process.given.length;
      source.part(n % 20 === 0);
      if (process.given.length > given) todo.push(10_500 + n * 100);
      // It makes half of what comes.
      const madeMs = n % 2 === 0 ? todo.shift() : undefined;
      if (madeMs !== undefined) process.picture(madeMs);
      time.advance(100);
    }
    const { offeredMs = 0, producedMs = 0 } = transcoder.figures ?? {};
    const share = (producedMs - (before?.producedMs ?? 0)) / (offeredMs - (before?.offeredMs ?? 0));
    // Less than half: it rests between the skip and the keyframe.
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.5);
    expect(process.signals).toEqual([]);
  });

  it('gives way to another one at a keyframe, and ends it', () => {
    const { target, source, make, last, both, processes, transcoder } = playing();
    both(10_500, 2);
    make();
    const [first, second] = processes;
    second?.header();
    second?.picture(10_400, true);
    source.part(true);
    second?.picture(10_700, true);
    expect(first?.signals).toEqual(['SIGTERM']);
    first?.picture(10_700, true);
    first?.killed();
    expect(target.segments.flatMap(({ parts }) => parts.map(({ mediaMs }) => mediaMs))).toEqual(
      Array.from({ length: 16 }, (_, n) => 10_000 + n * 50),
    );
    expect(new Set(target.segments.map(({ epoch }) => epoch)).size).toBe(1);
    expect(transcoder.figures?.pids).toEqual([1_002]);
    expect(last()).toBe(second);
  });

  it('waits when its source was forgotten meanwhile', async () => {
    const { time, source, last, processes, transcoder, target } = playing();
    source.timeline.clear();
    last().killed();
    time.advance(1_000);
    expect(processes).toHaveLength(1);
    source.part(true);
    expect(processes).toHaveLength(2);
    last().header();
    last().picture(10_500, true);
    expect(new Set(target.segments.map(({ epoch }) => epoch)).size).toBe(1);
    source.timeline.clear();
    last().killed();
    time.advance(1_000);
    await transcoder.stop();
    expect(time.pending).toBe(0);
  });

  it('waits for its turn', () => {
    const queue: { wakes?: WakeQueue } = {};
    const { source, make, processes } = rig({
      wakes: (time) => {
        queue.wakes = new WakeQueue({ timers: time, atOnce: 1 });
        return queue.wakes;
      },
    });
    source.gop(2);
    const done = queue.wakes?.enter(() => undefined);
    make();
    expect(processes).toHaveLength(0);
    done?.();
    expect(processes).toHaveLength(1);
  });

  it('leaves no timer and no process', async () => {
    const { time, last, processes, make, transcoder } = playing();
    make();
    const stopped = transcoder.stop();
    for (const process of processes) {
      expect(process.signals).toEqual(['SIGTERM']);
      process.killed();
    }
    await stopped;
    last().picture(20_000, true);
    expect(transcoder.state).toEqual({ name: 'stopped' });
    expect(time.pending).toBe(0);
  });
});
