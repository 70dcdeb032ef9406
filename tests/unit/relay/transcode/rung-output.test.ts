import { describe, expect, it } from 'vitest';
import type { StreamInit } from '../../../../relay/media/frame-reader.ts';
import { type MadePart, RungOutput } from '../../../../relay/transcode/rung-output.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const init = (...bytes: number[]): StreamInit => ({
  ...{ kind: 'init', bytes: Uint8Array.from(bytes), codecs: 'avc1.42c01e', width: 320, height: 180 },
  ...{ trackId: 1, timescale: 90_000 },
});
const ORIGIN_MS = 1_000_000;

/** @param n which 100 ms of the source it shows */
function part(n: number, options: { keyframe?: boolean; init?: StreamInit; epoch?: number } = {}): MadePart {
  const { keyframe = n % 10 === 0, epoch = 1 } = options;
  const startMs = n * 100;
  const frame = { kind: 'frame', startMs, durationMs: 100, compositionMs: 0, keyframe } as const;
  return {
    init: options.init ?? FIRST,
    group: {
      ...{ startMs, durationMs: 100, independent: keyframe },
      frames: [{ ...frame, newParameters: false, data: Uint8Array.of(n % 256) }],
    },
    date: { pdtMs: ORIGIN_MS + startMs, epoch },
  };
}
const FIRST = init(1, 2, 3);

function rung() {
  const time = new FakeTime();
  const target = new Timeline({ windowMs: 60_000 });
  const output = new RungOutput(target, time);
  const source = new Timeline({ windowMs: 60_000 });
  const [a, b] = [{ maker: 'a' }, { maker: 'b' }];
  output.own(a);
  const take = (maker: object, from: number, to: number, options: Parameters<typeof part>[1] = {}): void => {
    for (let n = from; n < to; n += 1) output.take(maker, part(n, options), source);
  };
  const shown = (): number[] =>
    target.segments.flatMap(({ parts }) => parts.map(({ mediaMs }) => Math.round((mediaMs ?? -1) / 100)));
  const epochs = (): number => new Set(target.segments.map(({ epoch }) => epoch)).size;
  return { time, target, output, source, a, b, take, shown, epochs };
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('RungOutput', () => {
  it('begins with a keyframe, and keeps the dates and media times of the source', () => {
    const { target, a, take, shown } = rung();
    take(a, 8, 25);
    expect(shown()).toEqual(range(10, 25));
    expect(target.segments.map(({ pdtMs }) => pdtMs)).toEqual([ORIGIN_MS + 1_000, ORIGIN_MS + 2_000]);
    expect(target.segments.some(({ discontinuity }) => discontinuity)).toBe(false);
  });

  it('lets another maker take over at a keyframe, and nothing tells', () => {
    const { output, a, b, take, shown, epochs } = rung();
    take(a, 0, 15);
    let taken = 0;
    output.expect(b, () => {
      taken += 1;
    });
    take(b, 10, 18, { init: init(1, 2, 3) });
    take(a, 15, 20);
    expect(taken).toBe(0);
    take(b, 18, 25, { init: init(1, 2, 3) });
    take(a, 20, 25);
    expect(taken).toBe(1);
    expect(shown()).toEqual(range(0, 25));
    expect(epochs()).toBe(1);
  });

  it('holds the old one back at a keyframe while the new one is close', () => {
    const { time, output, a, b, take, shown } = rung();
    take(a, 0, 18);
    output.expect(b, () => undefined);
    take(b, 10, 18);
    take(a, 18, 21);
    expect(shown()).toEqual(range(0, 20));
    time.advance(100);
    take(b, 18, 22);
    take(a, 21, 23);
    expect(shown()).toEqual(range(0, 22));
    expect(time.pending).toBe(0);
  });

  it('does not hold it back for longer than a viewer has in hand', () => {
    const { time, output, a, b, take, shown } = rung();
    take(a, 0, 18);
    output.expect(b, () => undefined);
    take(b, 10, 18);
    take(a, 18, 22);
    time.advance(120);
    expect(shown()).toEqual(range(0, 22));
    take(b, 18, 25);
    take(a, 22, 30);
    expect(shown()).toEqual(range(0, 30));
    take(b, 25, 31);
    expect(shown()).toEqual(range(0, 31));
  });

  it('does not hold it back for one that is far behind', () => {
    const { output, a, b, take, shown } = rung();
    take(a, 0, 18);
    output.expect(b, () => undefined);
    take(b, 0, 3);
    take(a, 18, 22);
    expect(shown()).toEqual(range(0, 22));
  });

  it('lets the old one come up to a new one that is ahead, so that nothing is missing', () => {
    const { time, output, a, b, take, shown, epochs } = rung();
    take(a, 0, 17);
    output.expect(b, () => undefined);
    take(b, 15, 23);
    take(a, 17, 19);
    expect(shown()).toEqual(range(0, 19));
    take(a, 19, 21);
    take(b, 23, 25);
    expect(shown()).toEqual(range(0, 25));
    expect(epochs()).toBe(1);
    expect(time.pending).toBe(0);
  });

  it('does not wait for one that does not come', () => {
    const { time, output, a, b, take, shown } = rung();
    take(a, 0, 17);
    output.expect(b, () => undefined);
    take(b, 15, 23);
    time.advance(500);
    take(b, 23, 24);
    expect(shown()).toEqual([...range(0, 17), ...range(20, 24)]);
  });

  it('marks another picture as such', () => {
    const { output, target, a, b, take, epochs } = rung();
    take(a, 0, 20);
    output.expect(b, () => undefined);
    take(b, 10, 25, { init: init(9) });
    expect(epochs()).toBe(2);
    expect(target.segments.at(-1)).toMatchObject({ discontinuity: true, parts: { length: 5 } });
    expect(target.init(target.segments.at(-1)?.initId ?? '')?.bytes).toEqual(Uint8Array.of(9));
  });

  it('goes on where a process that was killed left off', () => {
    const { a, take, shown, epochs } = rung();
    take(a, 0, 15);
    take(a, 15, 16, { keyframe: true, init: init(1, 2, 3) });
    take(a, 16, 18);
    expect(shown()).toEqual(range(0, 18));
    expect(epochs()).toBe(1);
  });

  it('leaves out what was shown already', () => {
    const { a, take, shown, epochs } = rung();
    take(a, 0, 15);
    take(a, 10, 25);
    expect(shown()).toEqual([...range(0, 15), ...range(15, 25)]);
    expect(epochs()).toBe(1);
  });

  it('opens a new epoch after a hole, with the next keyframe', () => {
    const { target, a, take, shown, epochs } = rung();
    take(a, 0, 12);
    take(a, 15, 25);
    expect(shown()).toEqual([...range(0, 12), ...range(20, 25)]);
    expect(epochs()).toBe(2);
    expect(target.segments.at(-1)?.initId).toBe(target.segments[0]?.initId);
  });

  it('follows a source that began anew', () => {
    const { a, take, shown, epochs } = rung();
    take(a, 20, 25);
    take(a, 0, 5, { epoch: 2 });
    expect(shown()).toEqual([...range(20, 25), ...range(0, 5)]);
    expect(epochs()).toBe(2);
  });

  it('goes on after the rung was forgotten, with numbers of its own', () => {
    const { target, a, take } = rung();
    take(a, 0, 5);
    const before = target.segments[0];
    target.clear();
    take(a, 10, 15);
    expect(target.segments).toHaveLength(1);
    expect(target.segments[0]?.epoch).toBeGreaterThan(before?.epoch ?? 0);
    expect(target.segments[0]?.initId).not.toBe(before?.initId);
  });

  it('hands out what it holds at the end', () => {
    const { time, output, a, b, take, shown } = rung();
    take(a, 0, 18);
    output.expect(b, () => undefined);
    take(b, 10, 18);
    take(a, 18, 22);
    output.release();
    expect(shown()).toEqual(range(0, 22));
    expect(time.pending).toBe(0);
  });
});
