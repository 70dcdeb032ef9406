import { describe, expect, it } from 'vitest';
import { type LinkDirection, LinkQueue } from '../../../rig/link-queue.ts';

/** When the last byte of each chunk that was put in at `atMs` came out, by the connection. */
function arrivals(
  link: LinkDirection,
  chunks: readonly { readonly to: string; readonly atMs: number; readonly bytes: number }[],
  random = () => 0,
): Record<string, number[]> {
  const queue = new LinkQueue<string>(link, 0, random);
  const came: Record<string, number[]> = {};
  const wanted = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  for (let nowMs = 0; bytes < wanted && nowMs < 120_000; nowMs += 1) {
    for (const chunk of chunks)
      if (chunk.atMs === nowMs) queue.push(chunk.to, new Uint8Array(chunk.bytes), nowMs);
    for (const { to, chunk } of queue.due(nowMs)) {
      bytes += chunk.length;
      came[to] = [...(came[to] ?? []), nowMs];
    }
  }
  return came;
}

const last = (times: readonly number[] | undefined): number => times?.at(-1) ?? Number.NaN;

describe('a link', () => {
  it('holds what it carries to its rate, and everything up for its delay', () => {
    // 12 500 bytes are 100 000 bits: a second at 100 kbit/s.
    const { a } = arrivals({ rateKbps: 100, delayMs: 75 }, [{ to: 'a', atMs: 0, bytes: 12_500 }]);
    expect(last(a)).toBe(1_075);
    expect(a?.[0]).toBe(187);
  });

  it('has connections take turns, packet by packet', () => {
    const { a, b } = arrivals({ rateKbps: 100 }, [
      { to: 'a', atMs: 0, bytes: 14_000 },
      { to: 'b', atMs: 10, bytes: 1_400 },
    ]);
    // Behind the packet underway and one more at most, not behind all of the other's.
    expect(last(b)).toBeLessThanOrEqual(3 * 112);
    expect(last(a)).toBe(11 * 112);
  });

  it('is silent in a stall, and sends on after it at its rate', () => {
    const chunks = [
      { to: 'a', atMs: 500, bytes: 100 },
      { to: 'a', atMs: 5_500, bytes: 14_000 },
      { to: 'a', atMs: 8_000, bytes: 14_000 },
    ];
    const { a } = arrivals({ rateKbps: 1_120, stall: { everyMs: 10_000, forMs: 5_000 } }, chunks);
    expect(a?.filter((ms) => ms > 600 && ms < 10_000)).toEqual([]);
    expect(last(a)).toBe(10_200);
  });

  it('changes its rate when the trace says so', () => {
    const steps = [
      { fromMs: 0, rateKbps: 1_120 },
      { fromMs: 1_000, rateKbps: 112 },
    ];
    const { a } = arrivals({ steps }, [
      { to: 'a', atMs: 0, bytes: 14_000 },
      { to: 'b', atMs: 1_000, bytes: 14_000 },
    ]);
    expect(last(a)).toBe(100);
    expect(last(arrivals({ steps }, [{ to: 'b', atMs: 1_000, bytes: 14_000 }]).b)).toBe(2_000);
  });

  it('begins its steps again where it is told to', () => {
    const steps = [
      { fromMs: 0, rateKbps: 1_120 },
      { fromMs: 1_000, rateKbps: 112 },
    ];
    const bytes = [{ to: 'a', atMs: 2_000, bytes: 14_000 }];
    expect(last(arrivals({ steps, stepsEveryMs: 2_000 }, bytes).a)).toBe(2_100);
    expect(last(arrivals({ steps }, bytes).a)).toBe(3_000);
    const queue = new LinkQueue<string>({ steps, stepsEveryMs: 2_000 }, 500, () => 0);
    expect([500, 1_500, 2_499, 2_500, 3_500].map((atMs) => queue.rateKbps(atMs))).toEqual([
      1_120, 112, 112, 1_120, 112,
    ]);
  });

  it('keeps the order of a connection whatever the jitter', () => {
    let n = 0;
    const queue = new LinkQueue<string>({ jitterMs: 50 }, 0, () => (n++ === 0 ? 1 : 0));
    queue.push('a', new Uint8Array([1]), 0);
    queue.push('a', new Uint8Array([2]), 0);
    queue.push('a', 'end', 0);
    expect(queue.due(49)).toEqual([]);
    expect(queue.due(50).map(({ chunk }) => (chunk === 'end' ? chunk : chunk[0]))).toEqual([1, 2, 'end']);
  });

  it('knows what waits, and when to ask again', () => {
    const queue = new LinkQueue<string>({ rateKbps: 112, delayMs: 10 }, 0, () => 0);
    expect(queue.nextMs()).toBeUndefined();
    queue.push('a', new Uint8Array(2_800), 0);
    expect(queue.backlogBytes('a')).toBe(2_800);
    queue.due(0);
    expect([queue.backlogBytes('a'), queue.nextMs()]).toEqual([1_400, 100]);
    queue.forget('a');
    expect([queue.backlogBytes('a'), queue.nextMs()]).toEqual([0, undefined]);
  });
});
