/** The pull feed's media against a real MediaMTX: what it says about time, and about muxers that went wrong. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlaylist } from '../../relay/pull/read-playlist.ts';
import { unwrapStripMs } from '../../src/wire/strip.ts';
import type { TimelineSegment } from '../../src/wire/timeline.ts';
import { eventually } from '../support/eventually.ts';
import { end, FPS, mediamtxOnPath } from '../support/mediamtx-rig.ts';
import { type Pulled, PullRig } from '../support/pull-rig.ts';
import { readStrips } from '../support/strip-frames.ts';

const program = await mediamtxOnPath();
const FRAME_MS = 1000 / FPS;

const segmentsOf = ({ parts }: Pulled): TimelineSegment[] => [
  ...new Set(parts.map(({ segment }) => segment)),
];

/** For each frame of a segment that shows its time: `startMs` plus its place in the segment, less that time. */
function offStrip({ timeline }: Pulled, segment: TimelineSegment, startMs: number): number[] {
  const init = timeline.init(segment.initId);
  if (init === undefined) throw new Error('no init segment');
  const strips = readStrips([init.bytes, ...segment.parts.map(({ data }) => data)]);
  return strips.flatMap((strip, n) => {
    const atMs = startMs + n * FRAME_MS;
    return strip === undefined ? [] : [atMs - unwrapStripMs(strip, atMs)];
  });
}

function quantiles(values: readonly number[]): { p5: number; p50: number; p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { p5: Math.round(at(0.05)), p50: Math.round(at(0.5)), p95: Math.round(at(0.95)) };
}

describe.skipIf(program === undefined)('PullFeed and media (need mediamtx on PATH)', () => {
  let rig: PullRig;
  beforeEach(async () => {
    rig = await PullRig.start(program);
  });
  afterEach(() => rig?.close());

  const untilParts = (pulled: Pulled, count: number): Promise<number> =>
    eventually(
      'parts',
      () => pulled.parts.length,
      (length) => length >= count,
      20_000,
    );

  it('dates frames by the time that they show, from the first one on, where MediaMTX is late', async () => {
    const pulled = rig.pull('cam1');
    rig.publish('cam1');
    await untilParts(pulled, 1);
    const list = readPlaylist(await rig.playlist('cam1', 'video1_stream.m3u8'));
    await untilParts(pulled, 120);
    pulled.feed.stop();

    const segments = segmentsOf(pulled).slice(0, -1);
    const ours = segments.flatMap((segment) => offStrip(pulled, segment, segment.pdtMs));
    console.log('PDT less strip, ms:', quantiles(ours), 'first segment:', quantiles(first()));
    expect(ours.length).toBeGreaterThan(6 * FPS);
    expect(Math.abs(quantiles(ours).p50)).toBeLessThan(2 * FRAME_MS);
    expect(quantiles(ours).p95 - quantiles(ours).p5).toBeLessThan(4 * FRAME_MS);

    function first(): number[] {
      const [segment] = segments;
      const pdtMs = list.segments.find(({ gap }) => !gap)?.pdtMs;
      if (segment === undefined || pdtMs === undefined) throw new Error('no first segment');
      console.log(
        "MediaMTX's PDT of the first segment less strip, ms:",
        quantiles(offStrip(pulled, segment, pdtMs)),
      );
      return offStrip(pulled, segment, segment.pdtMs);
    }
  });

  it('finds a muxer that froze long parts, and sees it well after the publisher came anew', async () => {
    const pulled = rig.pull('cam1');
    const hiccup = ['-fps_mode', 'passthrough'];
    const bad = rig.publish('cam1', { filter: "select='not(between(n,10,15))'", args: hiccup });
    const frozen = await eventually(
      'frozen parts noticed',
      () => pulled.events.find((event) => event.kind === 'frozen-parts'),
      (event) => event !== undefined,
    );
    expect(frozen).toMatchObject({ expectedMs: 50 + FRAME_MS });
    await end(bad);
    rig.publish('cam1');
    const before = pulled.parts.length;
    await eventually(
      'second muxer',
      () => pulled.parts.length,
      (length) => length > before + 60,
      20_000,
    );
    const { parts } = segmentsOf(pulled).at(-2) ?? { parts: [] };
    expect(Math.max(...parts.map(({ durationMs }) => durationMs))).toBeCloseTo(2 * FRAME_MS);
    expect(pulled.events.findLastIndex((event) => event.kind === 'frozen-parts')).toBeLessThan(
      pulled.events.findLastIndex((event) => event.kind === 'joined'),
    );
  });

  it('says why it gets nothing when the secret is wrong', async () => {
    rig.publish('cam1');
    const pulled = rig.pull('cam1', { secret: 'wrong' });
    await eventually(
      'refusal',
      () => pulled.events,
      (events) => events.some((event) => event.kind === 'lost' && event.problem === 'status 302'),
    );
    pulled.feed.stop();
    expect(pulled.parts).toEqual([]);
  });
});
