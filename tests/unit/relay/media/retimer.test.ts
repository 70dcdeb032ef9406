import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../../relay/media/frame-reader.ts';
import { type Retimed, Retimer } from '../../../../relay/media/retimer.ts';

const FRAME_MS = 40;

let retimer: Retimer;
let said: Retimed[];
let out: Frame[];
let arrivalMs: number;

beforeEach(() => {
  said = [];
  out = [];
  arrivalMs = 1_000_000;
  retimer = new Retimer((what) => said.push(what), { camera: true });
});

interface Given {
  readonly startMs: number;
  readonly durationMs?: number;
  /** Since the frame before it. */
  readonly afterMs?: number;
  readonly compositionMs?: number;
}

function push({ startMs, durationMs = FRAME_MS, afterMs = FRAME_MS, compositionMs = 0 }: Given): Frame {
  arrivalMs += afterMs;
  const times = { startMs, durationMs, compositionMs };
  const frame = retimer.push(
    { kind: 'frame', ...times, keyframe: false, newParameters: false, data: new Uint8Array() },
    arrivalMs,
  );
  out.push(frame);
  return frame;
}

/** `count` frames whose clock runs at this share of the true rate. */
function run(count: number, rate = 1, fromMs = 0, afterMs: (n: number) => number = () => FRAME_MS): void {
  const durationMs = FRAME_MS * rate;
  for (let n = 0; n < count; n += 1)
    push({ startMs: fromMs + n * durationMs, durationMs, afterMs: afterMs(n) });
}

const endMs = ({ startMs, durationMs }: Frame): number => startMs + durationMs;

/** Holes and overlaps between the frames that came out. */
const breaks = (): number[] =>
  out.flatMap((frame, n) => {
    const before = out[n - 1];
    const stepMs = before === undefined ? 0 : frame.startMs - endMs(before);
    return Math.abs(stepMs) < 1e-6 ? [] : [Math.round(stepMs)];
  });

/** Media time per time of the last `count` frames. */
function rateOf(count: number): number {
  const first = out.at(-count);
  const last = out.at(-1);
  if (first === undefined || last === undefined) throw new Error('too few frames');
  return (last.startMs - first.startMs) / ((count - 1) * FRAME_MS);
}

describe('a stream whose time stamps are right', () => {
  it('comes out as it is', () => {
    run(500);
    expect(out.map(({ startMs }) => startMs)).toEqual(out.map((_, n) => n * FRAME_MS));
    expect(said).toEqual([]);
  });

  it('is left alone whatever the link does: jitter, bursts, stalls, a backlog that drains', () => {
    const pause = fc.record({ frames: fc.integer({ min: 1, max: 80 }), stallMs: fc.nat(8000) });
    void fc.assert(
      fc.property(
        fc.array(pause, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(30), { minLength: 20, maxLength: 20 }),
        (pauses, jitter) => {
          retimer = new Retimer((what) => said.push(what), { camera: true });
          [out, said] = [[], []];
          // A queue: frames are made each 40 ms; one that is held back comes 8 ms after the one before it.
          let madeMs = 0;
          let freeMs = 0;
          let lastMs = 0;
          pauses.forEach(({ frames, stallMs }) => {
            freeMs = madeMs + stallMs;
            for (let n = 0; n < frames; n += 1) {
              madeMs += FRAME_MS;
              const comesMs = Math.max(madeMs + (jitter[n % 20] ?? 0), freeMs, lastMs + 8);
              push({ startMs: madeMs - FRAME_MS, afterMs: comesMs - lastMs });
              lastMs = comesMs;
            }
          });
          expect(said).toEqual([]);
          expect(breaks()).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('may begin with what the camera had in store', () => {
    run(50, 1, 0, () => 2);
    run(300, 1, 50 * FRAME_MS);
    expect(said).toEqual([]);
  });

  it('may change its frame rate', () => {
    run(100);
    for (let n = 0; n < 60; n += 1) push({ startMs: 4000 + n * 200, durationMs: 200, afterMs: 200 });
    expect(said).toEqual([]);
    expect(breaks()).toEqual([]);
  });

  it('may send a picture each two seconds', () => {
    for (let n = 0; n < 30; n += 1) push({ startMs: n * 2000, durationMs: 2000, afterMs: 2000 });
    expect(said).toEqual([]);
    expect(out.at(-1)).toMatchObject({ startMs: 58_000, durationMs: 2000 });
  });
});

describe('a source that stood still', () => {
  it('leaves a hole behind its last picture', () => {
    run(20);
    expect(push({ startMs: 800, durationMs: 4000, afterMs: 4000 }).durationMs).toBe(FRAME_MS);
    run(20, 1, 4800);
    expect(breaks()).toEqual([4000 - FRAME_MS]);
    expect(said).toEqual([]);
  });

  it('leaves one as well when frames are missing', () => {
    run(20);
    push({ startMs: 1200, afterMs: 10 * FRAME_MS });
    expect(breaks()).toEqual([400]);
  });
});

describe('a clock that is set', () => {
  it.each([
    ['ahead, seen as one long picture', 3_600_000, 3_600_000],
    ['ahead by less', 3_000, 3_000],
  ])('%s: the media goes on', (_what, durationMs, jumpMs) => {
    run(20);
    push({ startMs: 800, durationMs });
    run(40, 1, 800 + durationMs);
    expect(breaks()).toEqual([]);
    expect(out.every((frame) => frame.durationMs === FRAME_MS)).toBe(true);
    expect(said).toEqual([{ kind: 'step', byMs: jumpMs - FRAME_MS }]);
  });

  it.each([-5000, 60_000])('by %d ms between two frames: the media goes on', (byMs) => {
    run(20);
    run(40, 1, 800 + byMs);
    expect(breaks()).toEqual([]);
    expect(said).toEqual([{ kind: 'step', byMs }]);
  });
});

describe('a clock that runs at another rate', () => {
  it.each([
    ['stands still, each frame one tick after the other', 1 / 3600, 'still', 400],
    ['gives no durations at all', 0, 'still', 400],
    ['runs at a tenth', 0.1, 'slow', 3000],
    ['runs at 0.8', 0.8, 'slow', 11_000],
    ['runs at 1.5', 1.5, 'fast', 11_000],
    ['runs at 5', 5, 'fast', 5000],
  ])('%s: frames are timed by their arrival, said once', (_what, rate, fault, withinMs) => {
    run(1000, rate);
    expect(said).toEqual([{ kind: 'by-arrival', fault }]);
    const before = out.findIndex(({ durationMs }) => Math.abs(durationMs - FRAME_MS * rate) > 0.1);
    expect(before * FRAME_MS).toBeLessThan(withinMs);
    expect(rateOf(500)).toBeCloseTo(1, 2);
    expect(breaks()).toEqual([]);
  });

  it('is as soon known to be slow where half a second of pictures was in store', () => {
    run(1000, 1 / 3, 0, (n) => (n < 13 ? 0 : FRAME_MS));
    expect(said).toEqual([{ kind: 'by-arrival', fault: 'slow' }]);
    const before = out.findIndex(({ durationMs }) => Math.abs(durationMs - FRAME_MS / 3) > 0.1);
    expect(before * FRAME_MS).toBeLessThan(3500);
  });

  it('plays smoothly although frames arrive in bunches', () => {
    run(1000, 0.01, 0, (n) => (n % 3 === 0 ? 3 * FRAME_MS : 0));
    expect(said).toMatchObject([{ kind: 'by-arrival' }]);
    const lengths = out.slice(-500).map(({ durationMs }) => durationMs);
    expect(Math.min(...lengths)).toBeGreaterThan(FRAME_MS - 12);
    expect(Math.max(...lengths)).toBeLessThan(FRAME_MS + 12);
    expect(rateOf(500)).toBeCloseTo(1, 2);
  });

  it('loses it later: the rest follows what came', () => {
    run(200);
    run(300, 1 / 3600, 8000);
    expect(said).toEqual([{ kind: 'by-arrival', fault: 'still' }]);
    expect(breaks()).toEqual([]);
    expect(rateOf(200)).toBeCloseTo(1, 2);
  });

  it('is not looked for where the time stamps are our own: then the encoder is too slow', () => {
    retimer = new Retimer((what) => said.push(what), { camera: false });
    run(1000, 0.4);
    expect(said).toEqual([]);
    expect(rateOf(500)).toBeCloseTo(0.4);
  });

  it('keeps the order of reordered pictures while their own times still tell it', () => {
    for (let n = 0; n < 400; n += 1)
      push({ startMs: n * 20, durationMs: 20, compositionMs: n % 2 === 0 ? 40 : 0 });
    expect(said).toMatchObject([{ kind: 'by-arrival', fault: 'slow' }]);
    expect(out.at(-2)?.compositionMs).toBeCloseTo(2 * FRAME_MS, 0);
    expect(out.at(-1)?.compositionMs).toBe(0);
  });

  it('leaves a hole where the source stood still', () => {
    run(100, 0.001);
    push({ startMs: 4, durationMs: 0.04, afterMs: 5000 });
    run(100, 0.001, 4.04);
    expect(breaks()).toEqual([expect.closeTo(5000 - FRAME_MS, -2)]);
  });
});
