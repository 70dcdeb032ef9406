/** Against a real MediaMTX: whatever restarts on the other side, one timeline goes on. */
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoxSplitter } from '../../relay/media/box-splitter.ts';
import { Fmp4Reader } from '../../relay/media/fmp4.ts';
import { eventually } from '../support/eventually.ts';
import { end, mediamtxOnPath } from '../support/mediamtx-rig.ts';
import { type Pulled, PullRig } from '../support/pull-rig.ts';

const program = await mediamtxOnPath();

/** What a supervisor waits before it starts a program again. */
const RESTART_MS = 500;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `count` more parts than now have come. */
async function moreParts(pulled: Pulled, count: number, withinMs = 15_000): Promise<void> {
  const wanted = pulled.parts.length + count;
  await eventually(
    `${count} more parts, after events ${JSON.stringify(pulled.events.filter((e) => e.kind !== 'part'))}`,
    () => pulled.parts.length,
    (length) => length >= wanted,
    withinMs,
  );
}

/** Every rule of a timeline that players depend on, over all that was ever appended. */
function expectContinuous({ parts }: Pulled): void {
  parts.forEach(({ part, segment }, n) => {
    const before = parts[n - 1];
    if (before === undefined) return;
    const opens = segment !== before.segment;
    expect(part.msn - before.part.msn, 'media sequence grows by whole segments').toBe(opens ? 1 : 0);
    expect(part.index).toBe(opens ? 0 : before.part.index + 1);
    if (opens) expect(part.independent, 'a segment starts with a keyframe').toBe(true);
    expect(segment.discontinuity, 'a discontinuity where the epoch changes').toBe(
      opens ? segment.epoch !== before.segment.epoch : before.segment.discontinuity,
    );
    expect(part.pdtMs, 'time goes on').toBeGreaterThan(before.part.pdtMs);
  });
}

const epochs = ({ parts }: Pulled): number => new Set(parts.map(({ segment }) => segment.epoch)).size;

/** Media that is missing between two parts, in ms, wherever some is: by the times in the media itself. */
function mediaGapsMs({ timeline, parts }: Pulled): number[] {
  const splitter = new BoxSplitter();
  const reader = new Fmp4Reader();
  const init = timeline.init(parts[0]?.segment.initId ?? '');
  const fragments = [init?.bytes ?? new Uint8Array(), ...parts.map(({ part }) => part.data)]
    .flatMap((bytes) => splitter.push(bytes))
    .flatMap((box) => reader.push(box) ?? [])
    .filter((item) => item.kind === 'fragment');
  expect(fragments).toHaveLength(parts.length);
  return fragments.flatMap(({ startMs }, n) => {
    const before = fragments[n - 1];
    const gapMs = before === undefined ? 0 : startMs - before.startMs - before.durationMs;
    return Math.abs(gapMs) < 1 ? [] : [Math.round(gapMs)];
  });
}

/** Wall clock between `fromMs` and the first part that came after the longest pause since then. */
function movingAfter({ parts }: Pulled, fromMs: number): number {
  const epoch = parts.at(-1)?.segment.epoch;
  const first = parts.find(({ segment }) => segment.epoch === epoch);
  return (first?.atMs ?? Number.NaN) - fromMs;
}

describe.skipIf(program === undefined)('PullFeed and restarts (need mediamtx on PATH)', () => {
  let rig: PullRig;
  beforeEach(async () => {
    rig = await PullRig.start(program);
  });
  afterEach(() => rig?.close());

  it.each([
    [
      'the encoder',
      RESTART_MS + 2_500,
      (encoder: ChildProcess) => end(encoder).then(() => pause(RESTART_MS)),
    ],
    ['MediaMTX', 4_000, (encoder: ChildProcess) => Promise.all([rig.killServer(), end(encoder)])],
  ])('goes on after %s was killed, within %i ms', async (what, withinMs, disturb) => {
    const pulled = rig.pull('cam1');
    const encoder = rig.publish('cam1');
    await moreParts(pulled, 30);
    const killedMs = Date.now();
    await disturb(encoder);
    rig.publish('cam1');
    await moreParts(pulled, 45);
    expectContinuous(pulled);
    expect(epochs(pulled)).toBe(2);
    const movingMs = movingAfter(pulled, killedMs);
    console.log(`${what} killed: first new part ${movingMs.toFixed(0)} ms after it`);
    expect(movingMs).toBeLessThan(withinMs);
  });

  it('follows a publisher that comes back with another size', async () => {
    const pulled = rig.pull('cam1');
    const large = rig.publish('cam1');
    await moreParts(pulled, 30);
    await end(large);
    rig.publish('cam1', { width: 320, height: 180 });
    await eventually(
      'second muxer',
      () => pulled.events.filter((event) => event.kind === 'joined').length,
      (count) => count === 2,
    );
    await moreParts(pulled, 45);
    expectContinuous(pulled);
    const sizes = pulled.events.flatMap((event) =>
      event.kind === 'joined' ? [`${event.init.width}x${event.init.height}`] : [],
    );
    expect(sizes).toEqual(['640x360', '320x180']);
    const last = pulled.timeline.init(pulled.timeline.segments.at(-1)?.initId ?? '');
    expect(last).toMatchObject({ width: 320, height: 180 });
    expect(epochs(pulled)).toBe(2);
  });

  it('keeps its muxer when the source hangs longer than a request may wait', async () => {
    const pulled = rig.pull('cam1');
    const encoder = rig.publish('cam1');
    await moreParts(pulled, 30);
    encoder.kill('SIGSTOP');
    await pause(4500);
    encoder.kill('SIGCONT');
    await moreParts(pulled, 60);
    expectContinuous(pulled);
    expect(pulled.events).toContainEqual({
      kind: 'lost',
      problem: expect.stringMatching(/no answer within/),
    });
    expect(pulled.events.filter((event) => event.kind === 'joined')).toHaveLength(1);
    // ffmpeg makes up for the pause in one burst: what leaves MediaMTX's list before we ask is a gap.
    const gaps = mediaGapsMs(pulled).length;
    expect(epochs(pulled)).toBe(1 + gaps);
    expect(pulled.events.filter((event) => event.kind === 'missed')).toHaveLength(gaps);
  });

  it('keeps one epoch over frames that the source left out', async () => {
    const pulled = rig.pull('cam1');
    const gap = "select='not(between(n,75,104))'";
    rig.publish('cam1', { filter: gap, args: ['-fps_mode', 'passthrough'] });
    await moreParts(pulled, 60);
    expectContinuous(pulled);
    expect(Math.max(...pulled.parts.map(({ part }) => part.durationMs))).toBeGreaterThan(900);
    expect(epochs(pulled)).toBe(1);
  });
});
