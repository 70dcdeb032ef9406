import { describe, expect, it } from 'vitest';
import {
  chart,
  FAULTS,
  type FaultRun,
  recovered,
  tableRow,
  toRow,
  toRun,
} from '../../../bench/fault-rows.ts';
import type { FaultRecord } from '../../../rig/fault-recorder.ts';

const AT_MS = 1_700_000_000_000;
const CAMERAS = ['cam1', 'cam2', 'cam3'];
const INJECTED = { atMs: AT_MS, victims: ['cam1'], cameras: CAMERAS };
const SPEC = FAULTS.find(({ name }) => name === 'ingest-kill');

/** Times are seconds after the fault. */
function record(
  atSec: number,
  gaps: Record<string, [number, number][]>,
  more: Partial<FaultRecord> = {},
): FaultRecord {
  const time = (seconds: number): number => AT_MS + seconds * 1000;
  return {
    atMs: time(atSec),
    gaps: Object.fromEntries(
      Object.entries(gaps).map(([camera, list]) => [
        camera,
        list.map(([began, ended]) => ({ beganMs: time(began), endedMs: time(ended) })),
      ]),
    ),
    lastMs: Object.fromEntries(CAMERAS.map((camera) => [camera, time(atSec - 0.02)])),
    lines: Object.fromEntries(CAMERAS.map((camera) => [camera, [360]])),
    events: { cam1: time(0.4) },
    notified: { 'freeze:cam1': time(1.2) },
    states: Object.fromEntries(CAMERAS.map((camera) => [camera, 'live'])),
    ...more,
  };
}

const row = (runs: FaultRun[]) => {
  if (SPEC === undefined) throw new Error('no such fault');
  return toRow(SPEC, 'off', runs);
};

describe('recovered', () => {
  it('waits until the pictures of the victim have come for 1.5 s', () => {
    expect(recovered(record(1, {}), INJECTED)).toBe(false);
    expect(recovered(record(2, { cam1: [[0, 1]] }), INJECTED)).toBe(false);
    expect(recovered(record(2.6, { cam1: [[0, 1]] }), INJECTED)).toBe(true);
    const again = {
      cam1: [
        [0, 1],
        [2, 3],
      ],
    } as Record<string, [number, number][]>;
    expect(recovered(record(4, again), INJECTED)).toBe(false);
  });

  it('waits while any camera stands or is not live', () => {
    const gaps = { cam1: [[0, 1]] } as Record<string, [number, number][]>;
    expect(recovered(record(5, gaps, { lastMs: { cam1: AT_MS + 4990, cam2: AT_MS + 4990 } }), INJECTED)).toBe(
      false,
    );
    const unknown = record(5, gaps, { states: {} });
    expect(recovered(unknown, INJECTED)).toBe(false);
    const states = { cam1: 'live', cam2: 'live', cam3: 'frozen' };
    expect(recovered(record(5, gaps, { states }), INJECTED)).toBe(false);
  });

  it('believes that nothing was felt only after a long time', () => {
    expect(recovered(record(14, {}), INJECTED)).toBe(false);
    expect(recovered(record(16, {}), INJECTED)).toBe(true);
  });
});

describe('toRun', () => {
  it('counts until the end of the last interruption, not of the longest', () => {
    const run = toRun(
      record(6, {
        cam1: [
          [0, 1.5],
          [3, 3.6],
        ],
      }),
      INJECTED,
      1,
      true,
    );
    expect(run).toMatchObject({ movingMs: 3600, eventMs: 400, notifiedMs: 1200, restarts: 1 });
  });

  it('excuses no camera but the victim: one that froze as well is a stall and a false alarm', () => {
    const events = { cam1: AT_MS + 400, cam2: AT_MS + 500 };
    const run = toRun(record(6, { cam1: [[0, 1.5]], cam2: [[0.1, 2]] }, { events }), INJECTED, 1, true);
    expect(run).toMatchObject({ otherTilesStalls: 1, falseAlarms: ['cam2'], movingMs: 1500 });
    expect(row([run])).toMatchObject({ otherTilesStalls: 1, falseAlarms: 1, withinBudget: false });
  });

  it('counts the stall of another tile that still lasts', () => {
    const lastMs = { cam1: AT_MS + 5990, cam2: AT_MS + 5990, cam3: AT_MS + 2000 };
    expect(toRun(record(6, { cam1: [[0, 1]] }, { lastMs }), INJECTED, 1, false).otherTilesStalls).toBe(1);
  });

  it("takes the victim's event and notification, not another's", () => {
    const events = { cam1: AT_MS + 900, cam3: AT_MS + 100 };
    const notified = { 'freeze:cam3': AT_MS + 200, 'freeze:cam1': AT_MS + 1500 };
    const run = toRun(record(6, { cam1: [[0, 1]] }, { events, notified }), INJECTED, 1, true);
    expect(run).toMatchObject({ eventMs: 900, notifiedMs: 1500 });
  });

  it('wants an event of every victim', () => {
    const injected = { ...INJECTED, victims: CAMERAS };
    const events = { cam1: AT_MS + 100, cam2: AT_MS + 300 };
    expect(toRun(record(6, {}, { events }), injected, 1, true).eventMs).toBeUndefined();
    const all = { ...events, cam3: AT_MS + 700 };
    expect(toRun(record(6, {}, { events: all }), injected, 1, true).eventMs).toBe(700);
  });

  it('tells whether another rung of the victim was shown, not of another camera', () => {
    const shown = (lines: FaultRecord['lines']): FaultRun =>
      toRun(record(6, { cam1: [[0, 1]] }, { lines }), INJECTED, 1, true);
    const runs = [shown({ cam1: [360, 1080, 360], cam2: [360] }), shown({ cam1: [360], cam2: [360, 720] })];
    expect(runs.map(({ stoodIn }) => stoodIn)).toEqual([true, false]);
    expect(row(runs).stoodIn).toBe(1);
  });

  it('keeps what was recorded, in times after the fault', () => {
    const run = toRun(record(6, { cam1: [[0, 1.5]] }), INJECTED, 1, true);
    expect(run.raw).toEqual({
      gaps: { cam1: [{ beganMs: 0, endedMs: 1500 }] },
      lines: { cam1: [360], cam2: [360], cam3: [360] },
      events: { cam1: 400 },
      notified: { 'freeze:cam1': 1200 },
    });
  });
});

describe('toRow', () => {
  const good = toRun(record(6, { cam1: [[0, 1.5]] }), INJECTED, 1, true);

  it('is within the budget when the worst run is', () => {
    expect(row([good, good])).toMatchObject({ runs: 2, restarts: 2, withinBudget: true, mediamtx: 'off' });
    const late = toRun(record(9, { cam1: [[0, 3.1]] }), INJECTED, 1, true);
    expect(row([good, late])).toMatchObject({
      withinBudget: false,
      movingMs: { p50: 1500, max: 3100, n: 2 },
    });
  });

  it('is over budget when a run never came to its end, and says so', () => {
    const never = toRun(record(60, { cam1: [[0, 1.5]] }, { events: {} }), INJECTED, 3, false);
    const result = row([good, never]);
    expect(result).toMatchObject({ withinBudget: false, movingMs: { n: 1 }, eventMs: { n: 1 } });
    expect(tableRow(result)['moving max']).toBe('1500 (1 of 2)');
    expect(tableRow(row([never]))['event max']).toBe('never');
    expect(chart([row([never])])).toContain('<svg');
    expect(row([]).withinBudget).toBe(false);
  });
});
