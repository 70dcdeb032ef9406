import { describe, expect, it } from 'vitest';
import type { ApiPath } from '../../../../relay/mediamtx/api.ts';
import { PathTracker } from '../../../../relay/mediamtx/path-health.ts';

const path = (change: Partial<ApiPath> = {}): ApiPath => ({
  name: 'front/main',
  online: true,
  onlineTime: '2026-01-01T00:00:00Z',
  source: { type: 'rtspSession', id: 'session-1' },
  inboundBytes: 0,
  inboundFramesInError: 0,
  ...change,
});

function tracked(...reports: [ms: number, path: Partial<ApiPath>][]) {
  const tracker = new PathTracker();
  for (const [ms, change] of reports) tracker.update([path(change)], ms);
  return tracker.paths.get('front/main');
}

describe('the health of a path', () => {
  it('tells the rate at which media arrives', () => {
    const health = tracked([0, { inboundBytes: 1_000 }], [500, { inboundBytes: 51_000 }]);
    expect(health).toMatchObject({ online: true, bytesPerS: 100_000, silentMs: 0, publisher: 'session-1' });
  });

  it('counts how long a connected publisher has been silent', () => {
    const health = tracked(
      [0, { inboundBytes: 1 }],
      [1_000, { inboundBytes: 9 }],
      [2_000, { inboundBytes: 9 }],
      [3_500, { inboundBytes: 9 }],
    );
    expect(health).toMatchObject({ online: true, bytesPerS: 0, silentMs: 2_500 });
  });

  it('counts silence from the connection of a publisher that never sent anything', () => {
    expect(tracked([0, {}], [4_000, {}])).toMatchObject({ silentMs: 4_000 });
  });

  it('starts anew with another publisher, whose count begins below the last one', () => {
    const source = { type: 'rtspSession', id: 'session-2' };
    const health = tracked(
      [0, { inboundBytes: 90 }],
      [5_000, { inboundBytes: 90 }],
      [6_000, { inboundBytes: 9, source }],
    );
    expect(health).toMatchObject({ publisher: 'session-2', silentMs: 0, bytesPerS: 0, inboundBytes: 9 });
  });

  it('is neither silent nor published to while offline', () => {
    const health = tracked(
      [0, { inboundBytes: 90 }],
      [5_000, { online: false, source: null, onlineTime: null }],
    );
    expect(health).toMatchObject({ online: false, publisher: undefined, silentMs: 0, bytesPerS: 0 });
  });

  it('is forgotten with the server', () => {
    const tracker = new PathTracker();
    tracker.update([path()], 0);
    tracker.clear();
    expect([...tracker.paths]).toEqual([]);
  });
});
