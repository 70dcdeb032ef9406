import { expect, test } from 'vitest';
import { LinkShare, type SharingTile } from '../../../../../src/viewer/wall/link-share.ts';

const TICK_MS = 250;
const CAMERAS = ['a', 'b', 'c'];

test('what was late for a pile is forgotten when that has drained, and whoever read it before is told', () => {
  let lagMs = 0;
  let receivedBytes = 0;
  let resets = 0;
  const tile = {
    arrival: { lagMs: () => lagMs, reset: () => (resets += 1) },
    mirror: { skippedParts: 0 },
    rungs: {
      steps: () => [
        { id: 'small', kbps: 100 },
        { id: 'middle', kbps: 600 },
      ],
      ...{ currentKbps: 600, shownHeightPx: 360, setMost: () => undefined },
      get receivedBytes() {
        return receivedBytes;
      },
    },
  } as unknown as SharingTile;
  const tiles = new Map(CAMERAS.map((camera) => [camera, tile]));
  const signs = CAMERAS.map((camera) => ({
    ...{ camera, lateStalls: 0, arrival: undefined, waitMs: 0, tells: true },
  }));
  const share = new LinkShare();
  let nowMs = 0;
  /** @returns how often it was forgotten */
  const run = (seconds: number, kbps: number, laterMs: number): number => {
    let times = 0;
    for (const endMs = nowMs + seconds * 1000; nowMs < endMs; nowMs += TICK_MS) {
      receivedBytes += (kbps * TICK_MS) / 8;
      lagMs += laterMs;
      if (share.step(tiles, signs, { nowMs, rttMs: 2, network: undefined, full: false })) times += 1;
    }
    return times;
  };
  expect(run(5, 600, 0)).toBe(0);
  expect(run(4, 300, TICK_MS / 2)).toBe(0);
  expect(share.piling).toBeLessThan(1);
  lagMs = 0;
  expect([run(5, 600, 0), resets]).toEqual([1, CAMERAS.length]);
});
