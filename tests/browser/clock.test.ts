/** A relay whose host has another clock than the browser's, which is set while the wall runs. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWall, type RigBrowser, readMeter, resetMeter } from '../../rig/browser.ts';
import { cameraConfig, syntheticCameras } from '../../rig/cameras.ts';
import type { RunningRelay } from '../../rig/relay.ts';
import { eventually } from '../support/eventually.ts';
import { type Paired, startPaired } from '../support/paired.ts';

const CAMERAS = syntheticCameras(2, 320, 180, 15);
const HOST_MS = 5_000;
/** Enough that a busy test host makes nothing stall, and far from what the clock is off by. */
const LATENCY_MS = 2_000;
/** Longer than the time between pings, than that between ticks, and than what the relay remembers of arrivals. */
const WATCH_MS = 12_000;

let paired: Paired;
let relay: RunningRelay;
let browser: RigBrowser;

beforeAll(async () => {
  paired = await startPaired(
    { mediamtx: { enabled: false }, cameras: CAMERAS.map(cameraConfig) },
    { relay: { clock: { aheadMs: HOST_MS, stepMs: HOST_MS } }, mode: 'balanced', targetMs: LATENCY_MS },
  );
  ({ relay, browser } = paired);
});

afterAll(() => paired?.stop());

interface Watched {
  /** How often the player was made to jump. */
  seeks: number;
  stalls: number;
  /** Largest distance to the wall's target that was seen. */
  maxErrorMs: number;
  tiles: number;
}

/** Looks at the tiles four times a second. */
const watch = (wall: Page, forMs: number): Promise<Watched> =>
  wall.evaluate(async (ms) => {
    const { lockstepEngine: engine } = globalThis as unknown as {
      lockstepEngine: { view(): { tiles: { stalls: number; offsetMs: number | undefined }[] } };
    };
    const stalls = (): number => engine.view().tiles.reduce((sum, tile) => sum + tile.stalls, 0);
    const seen = { seeks: 0, stalls: 0, maxErrorMs: 0, tiles: 0 };
    const before = stalls();
    const count = (): void => {
      seen.seeks += 1;
    };
    document.addEventListener('seeking', count, { capture: true });
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) {
      for (const { offsetMs } of engine.view().tiles) {
        if (offsetMs === undefined) continue;
        seen.tiles += 1;
        seen.maxErrorMs = Math.max(seen.maxErrorMs, Math.abs(offsetMs));
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    document.removeEventListener('seeking', count, { capture: true });
    return { ...seen, stalls: stalls() - before };
  }, forMs);

test('five seconds ahead of the browser the pictures are as old as they should be, and setting the clock moves none', async () => {
  const wall = await openWall(browser, CAMERAS.length);
  const rightlyOld = async (): Promise<void> => {
    await resetMeter(wall);
    await eventually(
      'pictures of the chosen age',
      async () => (await readMeter(wall)).tiles.map((tile) => tile.glassToGlassMs?.p50 ?? Infinity),
      (ages) => ages.length === CAMERAS.length && ages.every((ageMs) => Math.abs(ageMs - LATENCY_MS) < 300),
    );
  };
  await rightlyOld();
  // As at every start: the tiles may still be finding their place.
  await wall.waitForTimeout(3000);
  relay.setClock();
  const seen = await watch(wall, WATCH_MS);
  expect(seen.tiles).toBeGreaterThan(CAMERAS.length * 10);
  expect(seen).toMatchObject({ seeks: 0, stalls: 0 });
  expect(seen.maxErrorMs).toBeLessThan(250);
  await rightlyOld();
});
