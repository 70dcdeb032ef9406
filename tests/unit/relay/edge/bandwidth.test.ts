import { describe, expect, it } from 'vitest';
import { measuredBandwidth } from '../../../../relay/edge/bandwidth.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';

/** A timeline of one-part segments; the last one stays open. */
function timeline(segments: readonly { readonly ms: number; readonly bytes: number }[]): Timeline {
  const subject = new Timeline({ windowMs: 60_000 });
  subject.addInit({ id: 'i', bytes: new Uint8Array(1), codecs: 'avc1.42c01e', width: 2, height: 2 });
  let pdtMs = 1_700_000_000_000;
  for (const { ms, bytes } of segments) {
    const data = new Uint8Array(bytes);
    subject.append({
      epoch: 0,
      initId: 'i',
      durationMs: ms,
      independent: true,
      pdtMs,
      startsSegment: true,
      data,
    });
    pdtMs += ms;
  }
  return subject;
}

const measured = (segments: Parameters<typeof timeline>[0]) =>
  measuredBandwidth(timeline([...segments, { ms: 1000, bytes: 1_000_000 }]).segments, 1000);

describe('measuredBandwidth', () => {
  it('has the busiest segment as its peak, and all of them as its average', () => {
    const segments = [
      { ms: 1000, bytes: 1000 },
      { ms: 1000, bytes: 4000 },
      { ms: 1000, bytes: 1000 },
    ];
    expect(measured(segments)).toEqual({ peak: 32_000, average: 16_000 });
  });

  it('counts a stump only together with its neighbour', () => {
    const segments = [
      { ms: 1000, bytes: 1000 },
      { ms: 100, bytes: 1200 },
    ];
    expect(measured(segments)?.peak).toBeCloseTo(16_000);
    expect(measured([{ ms: 100, bytes: 1200 }])).toEqual({ peak: 96_000, average: 96_000 });
  });

  it('says nothing before a segment is complete', () => {
    expect(measured([])).toBeUndefined();
  });
});
