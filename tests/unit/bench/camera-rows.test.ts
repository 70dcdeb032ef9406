import { describe, expect, it } from 'vitest';
import { CAMERA_CASES, type CameraCase } from '../../../bench/camera-cases.ts';
import { type CameraRun, chart, notes, tableRows, toRow } from '../../../bench/camera-rows.ts';
import type { FrameTimes } from '../../../rig/frame-times.ts';
import type { MeasuredWall } from '../../../rig/wall-run.ts';
import type { TileReport } from '../../../src/viewer/measure/metered-tile.ts';
import { pool, summarise } from '../../../src/viewer/measure/samples.ts';

const SECONDS = 10;
const IDS = ['cam1', 'cam2', 'cam3'];
const SOURCES = IDS.map((id) => ({ id, source: '1920x1080@25 h264', fps: 25 }));

function frames(perSecond: number): FrameTimes {
  const atMs = Array.from({ length: SECONDS * perSecond }, (_, index) => (index * 1000) / perSecond);
  return { atMs, shown: atMs.map(() => 1), mediaMs: atMs };
}

const report = (camera: string, more: Partial<TileReport> = {}): TileReport => ({
  camera,
  glassToGlassMs: pool([[[300, 70]]]),
  ages: [[300, 70]],
  unreadable: 0,
  stalls: 0,
  frozenMs: 0,
  frames: { total: 250, dropped: 0 },
  size: '640x360',
  ...more,
});

function wall(tiles: readonly TileReport[]): MeasuredWall {
  return {
    report: { tiles, skews: [[20, 70]], skewMs: pool([[[20, 70]]]), busyMs: 100 },
    seconds: SECONDS,
    browserCores: 0.5,
    relayCores: 0.03,
    relayTreeCores: 0.9,
    host: { busy: 0.7, steal: 0, loadAverage: 1 },
  };
}

const run = (more: Partial<CameraRun> = {}): CameraRun => ({
  system: 'lockstep',
  measured: wall(IDS.map((id) => report(id))),
  frames: {
    beganMs: 0,
    endedMs: SECONDS * 1000,
    cameras: Object.fromEntries(IDS.map((id) => [id, frames(25)])),
  },
  beganMs: 0,
  endedMs: SECONDS * 1000,
  targetsMs: [300, 410, 320],
  words: [],
  camerasCores: 0.04,
  restarts: [],
  began: [],
  enlarged: undefined,
  opening: undefined,
  starts: undefined,
  problems: [],
  ...more,
});

function caseOf(name: string): CameraCase {
  const found = CAMERA_CASES.find((spec) => spec.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}

const missed = (row: ReturnType<typeof toRow>): string[] =>
  row.checks.filter(({ met }) => !met).map(({ asked }) => asked);

describe('toRow', () => {
  it('meets what is asked when nothing is wrong', () => {
    const row = toRow(caseOf('4k-h264'), SOURCES, run());
    expect(row).toMatchObject({ seconds: 10, relayTreeCores: 0.9, wallTargetMs: { max: 410, last: 320 } });
    expect(missed(row)).toEqual([]);
  });

  it('names what is not met: gaps, rate, cost, restarts', () => {
    const cameras = { cam1: frames(25), cam2: frames(20), cam3: frames(2) };
    const row = toRow(
      caseOf('4k-h264'),
      SOURCES,
      run({
        measured: { ...wall(IDS.map((id) => report(id))), relayTreeCores: 1.4 },
        frames: { beganMs: 0, endedMs: SECONDS * 1000, cameras },
        restarts: [{ process: 'camera cam3', times: 2 }],
      }),
    );
    expect(missed(row)).toEqual(['gaps ≤ 0', 'pictures/s ≥ 24', 'relay tree cores ≤ 1.1', 'restarts ≤ 0']);
  });

  it('lets the large tile of HEVC move as the host can, and holds its neighbours to full rate', () => {
    const of = (cam1: number, cam3: number) =>
      run({
        frames: {
          beganMs: 0,
          endedMs: SECONDS * 1000,
          cameras: { cam1: frames(cam1), cam2: frames(25), cam3: frames(cam3) },
        },
      });
    expect(missed(toRow(caseOf('4k-hevc'), SOURCES, of(25, 1)))).toEqual([]);
    expect(missed(toRow(caseOf('4k-hevc'), SOURCES, of(16, 25)))).toEqual([
      'pictures/s of the neighbours ≥ 24',
    ]);
  });

  it('takes pictures whose age was read, and that nobody wrote down, for not recorded', () => {
    const cameras = { cam1: frames(25), cam2: frames(25) };
    const row = toRow(
      caseOf('4k-h264'),
      SOURCES,
      run({ frames: { beganMs: 0, endedMs: SECONDS * 1000, cameras } }),
    );
    expect(row.tiles[2]).toMatchObject({ gaps: null, longestGapMs: null, framesPerSecond: null });
    expect(missed(row)).toContain('gaps ≤ 0');
  });

  it('takes a tile that is not there for one that stood all the time', () => {
    const row = toRow(
      caseOf('4k-h264'),
      SOURCES,
      run({
        measured: wall([report('cam1'), report('cam2')]),
        frames: { beganMs: 0, endedMs: SECONDS * 1000, cameras: { cam1: frames(25), cam2: frames(25) } },
      }),
    );
    expect(row.tiles[2]).toMatchObject({ size: null, frozenMs: 10_000, gaps: 1, framesPerSecond: 0 });
    expect(missed(row)).toContain('gaps ≤ 0');
  });

  it('is a row that says why when nothing could be measured, and promises nothing for the peer', () => {
    const row = toRow(
      caseOf('4k-substreams'),
      SOURCES,
      run({ measured: undefined, frames: undefined, problems: ['not measured: unknown key substreams'] }),
    );
    expect(row).toMatchObject({ seconds: null, frozenMs: null, tiles: [], checks: [] });
    expect(tableRows(row)).toEqual([{ case: '4k-substreams', system: 'lockstep', tile: 'not measured' }]);
    expect(notes(row)).toEqual(['4k-substreams, lockstep: not measured: unknown key substreams']);
    expect(toRow(caseOf('4k-h264'), SOURCES, run({ system: 'naive' })).checks).toEqual([]);
  });

  it('judges a wall of many rungs that nobody watched by its last tile', () => {
    const stages = {
      page: 1,
      scripts: 1,
      controlOpen: 1,
      controlState: 1,
      mediaAsked: 1,
      mediaOpen: 1,
      mediaData: 1,
    };
    const opened = (everyPictureMs: number | undefined) =>
      toRow(
        caseOf('wake-16'),
        SOURCES,
        run({
          measured: undefined,
          frames: undefined,
          opening: { firstPictureMs: 600, everyPictureMs, movingMs: undefined, stages },
        }),
      );
    expect(missed(opened(1_900))).toEqual([]);
    expect(notes(opened(1_900)).join('\n')).toContain('the last at 1900 ms');
    expect(missed(opened(3_100))).toEqual(['the last tile shows a picture after ms ≤ 3000']);
    expect(missed(opened(undefined))).toHaveLength(1);
    expect(tableRows(opened(1_900))).toEqual([{ case: 'wake-16', system: 'lockstep', tile: 'all' }]);
  });

  it('judges the slowest camera of all starts, and one that shows nothing', () => {
    const started = (knownMs: readonly number[]) => {
      const [fresh, known] = [[1_000, 4_900], knownMs].map((times) => summarise(times));
      const starts = { asked: 2, fresh, known };
      return toRow(caseOf('start'), SOURCES, run({ measured: undefined, frames: undefined, starts }));
    };
    expect(missed(started([900, 2_900]))).toEqual([]);
    expect(notes(started([900, 2_900])).join('\n')).toContain(
      "cameras known: first picture after the relay's start p50 900, max 2900 ms (2 of 2)",
    );
    expect(missed(started([900, 3_100]))).toEqual(['a known camera shows a picture after ms ≤ 3000']);
    expect(missed(started([900]))).toEqual(['cameras with a picture ≥ 4']);
    expect(missed(started([]))).toHaveLength(2);
  });

  it('judges the main rung after a click, and the skew that follows it', () => {
    const enlarged = (switchedMs: number, skewMs: number): Partial<CameraRun> => ({
      enlarged: {
        switched: { camera: 'cam3', fromWidth: 640, toWidth: 3840, switchedMs, gapMs: 50 },
        measured: {
          ...wall(IDS.map((id) => report(id))),
          report: { ...wall(IDS.map((id) => report(id))).report, skewMs: pool([[[skewMs, 50]]]) },
        },
        frames: { beganMs: 0, endedMs: SECONDS * 1000, cameras: { cam3: frames(25) } },
        beganMs: 0,
        endedMs: SECONDS * 1000,
      },
    });
    const cheap = { ...wall(IDS.map((id) => report(id))), relayTreeCores: 0.1 };
    const good = toRow(caseOf('4k-substreams'), SOURCES, run({ measured: cheap, ...enlarged(250, 55) }));
    expect(missed(good)).toEqual([]);
    expect(notes(good).join('\n')).toContain('cam3 enlarged: 640 to 3840 wide after 250 ms');
    const late = toRow(caseOf('4k-substreams'), SOURCES, run({ measured: cheap, ...enlarged(900, 500) }));
    expect(missed(late)).toEqual(['main rung after ms ≤ 300', 'skew p95 afterwards ms ≤ 60']);
  });
});

describe('table and chart', () => {
  it('has a line a tile, and what holds of the wall once', () => {
    const rows = tableRows(toRow(caseOf('4k-h264'), SOURCES, run()));
    expect(rows.map(({ tile, fps, tree }) => [tile, fps, tree])).toEqual([
      ['cam1', '25 of 25', 0.9],
      ['cam2', '25 of 25', ''],
      ['cam3', '25 of 25', ''],
    ]);
  });

  it('draws what was measured', () => {
    const row = toRow(caseOf('4k-h264'), SOURCES, run());
    expect(chart([row])).toContain('lockstep, 4k-h264');
  });
});
