import { describe, expect, it } from 'vitest';
import { RungSeam, type SeamStep } from '../../../../../src/viewer/push/rung-seam.ts';
import type { MediaHeader } from '../../../../../src/wire/media-frames.ts';

type Part = Extract<MediaHeader, { kind: 'part' }>;

interface Stream {
  readonly partMs: number;
  readonly gopMs: number;
  /** PDT of a keyframe. */
  readonly phaseMs: number;
  /** From the end of a part to its arrival. */
  readonly lateMs: number;
}

function parts(rung: string, { partMs, gopMs, phaseMs }: Stream): Part[] {
  const made: Part[] = [];
  for (let startMs = phaseMs - 4 * gopMs; startMs < 20_000; startMs += gopMs) {
    for (let atMs = startMs; atMs < startMs + gopMs; atMs += partMs) {
      made.push({
        ...{
          kind: 'part',
          msn: 1,
          part: 0,
          epoch: 0,
          init: rung,
          pdtMs: atMs,
          independent: atMs === startMs,
        },
        durationMs: Math.min(partMs, startMs + gopMs - atMs),
      });
    }
  }
  return made;
}

/** Two rungs as they come, the new one from 5 s on with its history: what of them the player gets. */
function run(old: Stream, next: Stream) {
  const seam = new RungSeam();
  const shown: Part[] = [];
  let edgeMs: number | undefined;
  let begunAt: number | undefined;
  const show = (header: MediaHeader): void => {
    if (header.kind !== 'part') return;
    shown.push(header);
    edgeMs = header.pdtMs + header.durationMs;
  };
  const take = ({ old: first, begin }: SeamStep, atMs: number): void => {
    for (const { header } of [...first, ...(begin ?? [])]) show(header);
    if (begin !== undefined) begunAt = atMs;
  };
  const arrivals = [
    ...parts('old', old).map((header) => ({ header, atMs: header.pdtMs + header.durationMs + old.lateMs })),
    ...parts('new', next).map((header) => ({
      header,
      atMs: Math.max(5_000, header.pdtMs + header.durationMs + next.lateMs),
    })),
  ].filter(({ header: { pdtMs, init }, atMs }) => (init === 'old' ? atMs > 4_000 : pdtMs > 2_500));
  for (const { header, atMs } of arrivals.sort((a, b) => a.atMs - b.atMs)) {
    const frame = { header, bytes: new Uint8Array() };
    if (begunAt !== undefined) {
      if (header.init === 'new') show(header);
    } else if (atMs < 5_000) show(header);
    else take(header.init === 'old' ? seam.addOld(frame, edgeMs) : seam.addNew(frame, edgeMs), atMs);
  }
  const steps = shown
    .slice(1)
    .map(({ pdtMs }, n) => pdtMs - (shown[n]?.pdtMs ?? 0) - (shown[n]?.durationMs ?? 0));
  return { begunAt: begunAt ?? Number.NaN, steps, first: shown.find(({ init }) => init === 'new') };
}

const STREAM: Stream = { partMs: 67, gopMs: 2_010, phaseMs: 5_700, lateMs: 20 };

const KEYFRAME: Part = {
  ...{ kind: 'part', msn: 1, part: 0, epoch: 0, init: 'new', durationMs: 67, independent: true, pdtMs: 0 },
};

describe('RungSeam', () => {
  it.each<[string, Partial<Stream>, Partial<Stream>]>([
    ['a transcoder 90 ms behind its source, shared keyframes', {}, { lateMs: 110 }],
    ['back from the transcoder to its source', { lateMs: 110 }, {}],
    ['a transcoder 200 ms behind', {}, { lateMs: 220 }],
    ['two streams with their own keyframes and parts', {}, { phaseMs: 6_123, partMs: 133, gopMs: 1_600 }],
    ['the same, the other way', { phaseMs: 6_123, partMs: 133, gopMs: 1_600 }, {}],
    ['own keyframes, and later by 150 ms', {}, { phaseMs: 6_311, lateMs: 170 }],
    ['own keyframes, and sooner by 150 ms', { lateMs: 170 }, { phaseMs: 6_311 }],
    ['parts of one picture', { partMs: 33 }, { partMs: 40, phaseMs: 6_001 }],
  ])('goes over without a visible seam: %s', (_what, old, next) => {
    const { begunAt, steps, first } = run({ ...STREAM, ...old }, { ...STREAM, ...next });
    expect(begunAt).toBeLessThan(5_000 + 2_010 + 400);
    expect(first?.independent).toBe(true);
    // Half of the longer part: no picture is missing for longer, and none is shown twice for longer.
    const half = Math.max(STREAM.partMs, old.partMs ?? 0, next.partMs ?? 0) / 2 + 5;
    expect(Math.max(...steps)).toBeLessThanOrEqual(half);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(-half);
  });

  it('lets the old rung play on while the new one is far behind', () => {
    const { begunAt, steps } = run(STREAM, { ...STREAM, lateMs: 900 });
    expect(begunAt).toBeNaN();
    expect(steps.every((step) => Math.abs(step) < 1)).toBe(true);
  });

  it('does not wait for ever for a rung whose keyframes come a little too late each time', () => {
    const seam = new RungSeam();
    const bytes = new Uint8Array();
    const keyframe = (pdtMs: number): SeamStep =>
      seam.addNew({ header: { ...KEYFRAME, pdtMs }, bytes }, pdtMs + 200);
    expect(seam.addNew({ header: { ...KEYFRAME, pdtMs: 7_000 }, bytes }, 9_000).begin).toBeUndefined();
    expect(keyframe(9_000).begin).toBeUndefined();
    expect(keyframe(11_000).begin).toHaveLength(1);
  });

  it('hands on what it held back when the new rung is given up', () => {
    const seam = new RungSeam();
    const [first, second] = parts('x', STREAM);
    if (first === undefined || second === undefined) throw new Error('no parts');
    const bytes = new Uint8Array();
    seam.addNew({ header: { ...first, independent: false }, bytes }, second.pdtMs);
    expect(seam.addOld({ header: second, bytes }, second.pdtMs).old).toEqual([]);
    expect(seam.giveUp().map(({ header }) => header)).toEqual([second]);
    expect(seam.giveUp()).toEqual([]);
  });
});
