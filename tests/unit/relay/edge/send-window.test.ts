import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendWindow } from '../../../../relay/edge/send-window.ts';

function windowWith(latencyMs: number, inFlight: readonly number[] = []): SendWindow {
  const window = new SendWindow({ latencyMs });
  for (const durationMs of inFlight) window.sent(durationMs, 0);
  return window;
}

const parts = (count: number, durationMs = 100): number[] => Array.from({ length: count }, () => durationMs);

describe('SendWindow in flight', () => {
  it('sends ahead of the acknowledgements up to 1.5 s of media at low latency', () => {
    const backlog = { unsentMs: 100, canSkip: false };
    expect(windowWith(300, parts(14)).decide(backlog)).toBe('send');
    expect(windowWith(300, parts(15)).decide(backlog)).toBe('wait');
  });

  it('sends a quarter of a long latency ahead', () => {
    const backlog = { unsentMs: 100, canSkip: false };
    expect(windowWith(10_000, parts(24)).decide(backlog)).toBe('send');
    expect(windowWith(10_000, parts(25)).decide(backlog)).toBe('wait');
  });

  it('sends ahead 2.5 of the shortest round trip once that is known, 0.5 to 1.5 s', () => {
    const most = (roundTripMs: number): number => {
      const window = windowWith(300, parts(2));
      window.acknowledge(1, roundTripMs);
      window.acknowledge(2, 10_000);
      while (window.decide({ unsentMs: 100, canSkip: false }) === 'send') window.sent(100, 10_000);
      return window.unacknowledgedMs;
    };
    expect([5, 200, 320, 600, 3_000].map(most)).toEqual([500, 500, 800, 1_500, 1_500]);
  });

  it('goes on when parts are acknowledged', () => {
    const window = windowWith(300, parts(15));
    expect(window.acknowledge(1, 600)).toBe(true);
    expect(window.unacknowledgedMs).toBe(1400);
    expect(window.decide({ unsentMs: 100, canSkip: false })).toBe('send');
  });

  it('takes an old count for nothing and a count of parts never sent for a fault', () => {
    const window = windowWith(300, parts(5));
    expect(window.acknowledge(3, 600)).toBe(true);
    expect(window.acknowledge(2, 600)).toBe(true);
    expect(window.unacknowledgedMs).toBe(200);
    expect(window.acknowledge(6, 600)).toBe(false);
    expect(window.unacknowledgedMs).toBe(200);
  });
});

describe('SendWindow when the viewer is late', () => {
  it('skips once the tile is 1.5 s later than its latency and its way is clear', () => {
    expect(windowWith(300).decide({ unsentMs: 1800, canSkip: true })).toBe('send');
    expect(windowWith(300).decide({ unsentMs: 1801, canSkip: true })).toBe('skip');
    expect(windowWith(6000).decide({ unsentMs: 7500, canSkip: true })).toBe('send');
    expect(windowWith(6000).decide({ unsentMs: 7501, canSkip: true })).toBe('skip');
  });

  it('lets what is on its way arrive first', () => {
    const window = windowWith(300, parts(6));
    expect(window.decide({ unsentMs: 1500, canSkip: true })).toBe('wait');
    window.acknowledge(1, 600);
    expect(window.decide({ unsentMs: 1500, canSkip: true })).toBe('skip');
  });

  it('goes on in order when there is no later keyframe', () => {
    expect(windowWith(300).decide({ unsentMs: 9000, canSkip: false })).toBe('send');
  });

  it('does not take the backlog it began with for a slow link', () => {
    const window = windowWith(300);
    window.begin(2300);
    expect(window.decide({ unsentMs: 2300, canSkip: true })).toBe('send');
    expect(window.decide({ unsentMs: 3800, canSkip: true })).toBe('send');
    expect(window.decide({ unsentMs: 3801, canSkip: true })).toBe('skip');
  });

  it('forgets that backlog once the tile has caught up', () => {
    const window = windowWith(300);
    window.begin(2300);
    expect(window.decide({ unsentMs: 100, canSkip: true })).toBe('send');
    expect(window.decide({ unsentMs: 2300, canSkip: true })).toBe('skip');
  });

  it('follows a change of latency at once', () => {
    const window = windowWith(6000);
    window.latencyMs = 300;
    expect(window.decide({ unsentMs: 3000, canSkip: true })).toBe('skip');
    expect(window.resumeBehindMs).toBe(150);
  });
});

it('never has more than one part over the window unacknowledged, however acknowledgements come', () => {
  const events = fc.array(fc.oneof(fc.constant('part' as const), fc.nat(5)), { maxLength: 300 });
  void fc.assert(
    fc.property(fc.double({ min: 0, max: 60_000, noNaN: true }), events, (latencyMs, list) => {
      const window = new SendWindow({ latencyMs });
      let sent = 0;
      let acknowledged = 0;
      for (const event of list) {
        if (event === 'part') {
          while (window.decide({ unsentMs: 67, canSkip: false }) === 'send') {
            window.sent(67, 0);
            sent += 1;
          }
        } else {
          acknowledged = Math.min(sent, acknowledged + event);
          expect(window.acknowledge(acknowledged, 600)).toBe(true);
        }
        expect(window.unacknowledgedMs).toBeCloseTo((sent - acknowledged) * 67, 6);
        expect(window.unacknowledgedMs).toBeLessThan(Math.max(1500, latencyMs / 4) + 67);
      }
    }),
    { numRuns: 50 },
  );
});
