/** Rungs made on demand from another one's Timeline, by real programs from real H.264. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processStartTime } from '../../relay/process/run-records.ts';
import { type ClipSource, drawClip, playClip } from '../support/clip-source.ts';
import { eventually } from '../support/eventually.ts';
import { gstreamerMissing } from '../support/gstreamer.ts';
import {
  record,
  type Shown,
  startTranscoder,
  type TranscoderRig,
  transcodeJob,
} from '../support/transcoder-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-transcoder-'));
const WIDE = join(folder, 'wide.mp4');
const OTHER = join(folder, 'other.mp4');
const missing = gstreamerMissing();

const sources: ClipSource[] = [];
const rigs: TranscoderRig[] = [];

async function play(path = WIDE): Promise<{ source: ClipSource; given: Shown[] }> {
  const source = await playClip(path);
  sources.push(source);
  const given = record(source.timeline);
  await eventually(
    'a group of pictures',
    () => given.length,
    (length) => length > 8,
  );
  return { source, given };
}

function start(...args: Parameters<typeof startTranscoder>): TranscoderRig {
  const rig = startTranscoder(...args);
  rigs.push(rig);
  return rig;
}

/** The part of the source with the same picture. */
const origin = (given: readonly Shown[], mediaMs: number): Shown | undefined =>
  given.findLast((part) => part.mediaMs <= mediaMs + 1);
const keyframes = (shown: readonly Shown[]): Shown[] => shown.filter(({ part }) => part.independent);
const epochs = (shown: readonly Shown[]): number => new Set(shown.map(({ epoch }) => epoch)).size;
/** Largest hole in the media times, in ms. */
const hole = (shown: readonly Shown[]): number =>
  Math.max(
    ...shown.slice(1).map(({ mediaMs }, n) => {
      const before = shown[n];
      return before === undefined ? 0 : Math.abs(mediaMs - before.mediaMs - before.part.durationMs);
    }),
  );

beforeAll(async () => {
  await drawClip({ path: WIDE, size: '640x360', fps: 25, seconds: 6, gopS: 2 });
  await drawClip({ path: OTHER, size: '480x360', fps: 25, seconds: 6, gopS: 1 });
}, 60_000);

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(({ transcoder }) => transcoder.stop()));
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a transcoder', () => {
  it('makes two rungs with the dates, media times and keyframes of their source', async () => {
    const { source, given } = await play();
    const a = start(source.timeline, transcodeJob('320x180'));
    const b = start(source.timeline, transcodeJob('160x90', { gopMs: 4_000 }));
    await Promise.all([a.more(60, 20_000), b.more(60, 20_000)]);
    for (const { shown } of [a, b]) {
      expect(epochs(shown)).toBe(1);
      expect(hole(shown)).toBeLessThan(1);
      for (const { mediaMs, part } of shown) {
        const from = origin(given, mediaMs);
        expect(part.pdtMs - (from?.part.pdtMs ?? 0)).toBeCloseTo(mediaMs - (from?.mediaMs ?? 0), 0);
      }
    }
    const theirs = keyframes(given).map(({ mediaMs }) => mediaMs);
    // The first picture of each is one as well, wherever it begins.
    const [ofA, ofB] = [a, b].map(({ shown }) => keyframes(shown.slice(1)).map(({ mediaMs }) => mediaMs));
    expect(ofA?.length).toBeGreaterThanOrEqual(2);
    for (const mediaMs of [...(ofA ?? []), ...(ofB ?? [])])
      expect(Math.min(...theirs.map((other) => Math.abs(other - mediaMs)))).toBeLessThan(1);
    expect(a.target.init(a.target.segments[0]?.initId ?? '')).toMatchObject({ width: 320, height: 180 });
  });

  it('ends without leaving a process', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(3);
    const pid = rig.pid();
    expect(processStartTime(pid)).toBeDefined();
    await rig.transcoder.stop();
    expect(processStartTime(pid)).toBeUndefined();
    expect(rig.transcoder.state).toEqual({ name: 'stopped' });
  });

  it('that is killed goes on where it was, and nothing but the time tells', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    rig.signal('SIGKILL');
    await rig.more(20, 5_000);
    expect(epochs(rig.shown)).toBeLessThanOrEqual(2);
    if (epochs(rig.shown) === 1) expect(hole(rig.shown)).toBeLessThan(1);
    expect(rig.logged).toEqual(['transcoder was killed (SIGKILL)']);
  });

  it('that hangs is replaced', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    const pid = rig.pid();
    rig.signal('SIGSTOP');
    await eventually('another process', rig.pid, (now) => now !== pid && now > 0);
    await rig.more(10);
    expect(processStartTime(pid)).toBeUndefined();
  });

  it('gives way to another one of the same picture, and no viewer can tell', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    const pid = rig.pid();
    rig.transcoder.make({ source: source.timeline, job: transcodeJob('320x180') });
    await eventually('the other process', rig.pid, (now) => now !== pid && now > 0);
    await rig.more(10);
    expect(epochs(rig.shown)).toBe(1);
    expect(hole(rig.shown)).toBeLessThan(1);
    await eventually(
      'the first one to be gone',
      () => processStartTime(pid),
      (time) => time === undefined,
    );
  });

  it('gives way to another picture with a discontinuity and no hole', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    rig.transcoder.make({ source: source.timeline, job: transcodeJob('160x90') });
    await eventually(
      'a second epoch',
      () => epochs(rig.shown),
      (count) => count === 2,
    );
    await rig.more(5);
    expect(hole(rig.shown)).toBeLessThan(1);
    expect(rig.target.init(rig.target.segments.at(-1)?.initId ?? '')).toMatchObject({ width: 160 });
  });

  it('follows a camera that is set up anew', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    await source.play(OTHER);
    await eventually(
      'a second epoch',
      () => epochs(rig.shown),
      (count) => count === 2,
    );
    await rig.more(10);
    expect(rig.target.init(rig.target.segments.at(-1)?.initId ?? '')).toMatchObject({
      width: 320,
      height: 180,
    });
  });

  it('waits for a camera that says nothing, and does not take that for a fault', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180'));
    await rig.more(10);
    const pid = rig.pid();
    source.pause(true);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    source.pause(false);
    await rig.more(10);
    expect(rig.pid()).toBe(pid);
    expect(rig.logged).toEqual([]);
  });

  it('takes every picture that a lower rate shows, and all keyframes', async () => {
    const { source, given } = await play();
    const job = transcodeJob('320x180');
    const rig = start(source.timeline, { ...job, rung: { ...job.rung, fps: 5 } });
    await rig.more(16, 20_000);
    const lengths = rig.shown.map(({ part }) => part.durationMs);
    expect(lengths.reduce((sum, ms) => sum + ms, 0) / lengths.length).toBeGreaterThan(150);
    const theirs = new Set(keyframes(given).map(({ mediaMs }) => Math.round(mediaMs)));
    const later = keyframes(rig.shown.slice(1));
    expect(later.length).toBeGreaterThan(0);
    for (const { mediaMs } of later) expect(theirs).toContain(Math.round(mediaMs));
  });

  it('that dies at once each time says why and does not spin', async () => {
    const { source } = await play();
    const rig = start(source.timeline, transcodeJob('320x180', { ffmpeg: join(folder, 'no-ffmpeg') }));
    await eventually(
      'the reason',
      () => rig.transcoder.state,
      ({ name }) => name === 'failed',
    );
    expect(rig.transcoder.state).toEqual({
      name: 'failed',
      reason: `transcoder cannot start: program "${join(folder, 'no-ffmpeg')}" was not found; install it or set its path in the configuration; next try in 30 s`,
    });
    expect(rig.logged).toHaveLength(1);
  });

  it.skipIf(missing !== undefined)(
    `encodes with GStreamer, with the dates of its source${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const { source, given } = await play();
      const rig = start(source.timeline, transcodeJob('320x180', { backend: 'gstreamer' }));
      await rig.more(30, 20_000);
      expect(epochs(rig.shown)).toBe(1);
      for (const { mediaMs, part } of rig.shown) {
        const from = origin(given, mediaMs);
        expect(part.pdtMs - (from?.part.pdtMs ?? 0)).toBeCloseTo(mediaMs - (from?.mediaMs ?? 0), 0);
      }
      expect(rig.target.init(rig.target.segments[0]?.initId ?? '')).toMatchObject({ width: 320 });
    },
  );
});
