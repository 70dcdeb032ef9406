import { expect, test } from 'vitest';
import { LinkShare, type SharingTile } from '../../../../../src/viewer/wall/link-share.ts';

const TICK_MS = 250;
const CAMERAS = ['a', 'b', 'c'];

function tile(more: { readonly arrival: object; readonly rungs: object }): SharingTile {
  const steps = [
    { id: 'small', kbps: 100 },
    { id: 'middle', kbps: 600 },
  ];
  // The getters of `rungs` stay what they are.
  const rungs = Object.setPrototypeOf(more.rungs, { steps: () => steps, shownHeightPx: 360 });
  return { arrival: more.arrival, mirror: { skippedParts: 0 }, rungs } as unknown as SharingTile;
}

test('what was late for a pile is forgotten when that has drained, and whoever read it before is told', () => {
  let lagMs = 0;
  let receivedBytes = 0;
  let resets = 0;
  const arrival = { lagMs: () => lagMs, reset: () => (resets += 1) };
  const rungs = {
    ...{ currentKbps: 600, setMost: () => undefined },
    get receivedBytes() {
      return receivedBytes;
    },
  };
  const tiles = new Map(CAMERAS.map((camera) => [camera, tile({ arrival, rungs })]));
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

test.each([
  ['3g', undefined, 'small'],
  ['4g', undefined, undefined],
  ['3g', 2, undefined],
  ['4g', 150, 'small'],
])(
  'on a network called %s, with a round trip of %s ms, tiles begin with at most: %s',
  (network, rttMs, most) => {
    const given: (string | undefined)[] = [];
    const rungs = { currentKbps: 100, receivedBytes: 0, setMost: (id: string | undefined) => given.push(id) };
    const arrival = { lagMs: () => undefined };
    const tiles = new Map(CAMERAS.map((camera) => [camera, tile({ arrival, rungs })]));
    new LinkShare().step(tiles, [], { nowMs: 0, rttMs, network, full: false });
    expect(given).toEqual([most, most, most]);
  },
);

test('a full computer is asked for no rung that it would have to begin to make', () => {
  const most = (full: boolean): string | undefined => {
    let asked: string | undefined;
    const rungs = {
      steps: () => [
        { id: 'asleep', kbps: 100, wakes: true },
        { id: 'awake', kbps: 300 },
        { id: 'camera', kbps: 2_000 },
      ],
      ...{ currentKbps: 2_000, receivedBytes: 0 },
      setMost: (id: string | undefined) => {
        asked = id;
      },
    };
    const share = new LinkShare();
    // Less than any rung takes.
    share.limitGbPerHour = 0.01;
    const tiles = new Map([['a', tile({ arrival: { lagMs: () => 0 }, rungs })]]);
    share.step(tiles, [], { nowMs: 0, rttMs: 2, network: undefined, full });
    return asked;
  };
  expect([most(false), most(true)]).toEqual(['asleep', 'awake']);
});
