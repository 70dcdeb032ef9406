/** From one measured wall of the suite `cameras` to its row, table and picture. Pure: measuring is left to cameras.ts. */
import type { FrameRecord } from '../rig/frame-times.ts';
import { type Bar, barChart, round } from '../rig/output.ts';
import type { Started } from '../rig/process-watch.ts';
import type { SwitchedTile } from '../rig/rung-switch.ts';
import type { TileWords } from '../rig/tile-words.ts';
import type { MeasuredWall } from '../rig/wall-run.ts';
import { pool, type Summary } from '../src/viewer/measure/samples.ts';
import { type Check, checkText } from './checks.ts';
import type { Opening } from './opening-rows.ts';
import { type Smoothness, smoothness } from './smoothness.ts';

export const CAMERA_SYSTEMS = ['lockstep', 'naive'] as const;
export type CameraSystem = (typeof CAMERA_SYSTEMS)[number];

/** What a case means for its row. */
export interface CaseRow {
  readonly name: string;
  readonly mediamtx: 'on' | 'off';
  /** What Lockstep is held to, and whether it was met. */
  readonly asked: (row: CameraRow) => readonly Check[];
}

/** What a camera sends. */
export interface SourceWords {
  readonly id: string;
  /** As in `3840x2160@25 hevc`. */
  readonly source: string;
  /** Pictures a second that a small tile can be given at most. */
  readonly fps: number;
}

/** Null where nothing was recorded although there were pictures. */
type Recorded = { readonly [Figure in keyof Smoothness]: Smoothness[Figure] | null };

const NOT_RECORDED: Recorded = {
  gaps: null,
  longestGapMs: null,
  gapMs: null,
  framesPerSecond: null,
  skips: null,
};

export interface CameraTile extends Recorded {
  readonly camera: string;
  readonly source: string;
  readonly sourceFps: number;
  /** Of the picture at the end, as in 640x360; null before the first one. */
  readonly size: string | null;
  readonly glassToGlassMs: Summary | null;
  readonly unreadable: number;
  readonly stalls: number;
  readonly frozenMs: number;
  readonly droppedFrames: number;
  /** What stood in the tile at the end; null of a system without words. */
  readonly words: TileWords | null;
}

export interface Enlarged {
  readonly camera: string;
  readonly fromWidth: number;
  readonly toWidth: number;
  /** From the click to the first picture of the new size. */
  readonly switchedMs: number;
  readonly gapMs: number;
  /** Of the wall afterwards. */
  readonly skewMs: Summary | null;
  readonly tiles: readonly (Smoothness & { readonly camera: string })[];
}

/** Null for what did not happen. */
export interface WallOpening {
  readonly firstPictureMs: number | null;
  /** Every tile has shown a picture. */
  readonly everyPictureMs: number | null;
}

/** Times from the start of the relay's process to the first picture that a viewer gets, all cameras and starts. */
export interface Starts {
  /** Pictures that should have come, of each kind. */
  readonly asked: number;
  /** Of cameras that the relay never saw. */
  readonly freshMs: Summary | null;
  readonly knownMs: Summary | null;
}

export interface StartsRun {
  readonly asked: number;
  readonly fresh: Summary | undefined;
  readonly known: Summary | undefined;
}

/** One row of the JSON in docs/measuring.md. */
export interface CameraRow {
  readonly case: string;
  readonly system: CameraSystem;
  readonly browser: 'chromium';
  readonly link: 'lan';
  readonly mediamtx: 'on' | 'off';
  readonly mode: string;
  readonly seconds: number | null;
  readonly tiles: readonly CameraTile[];
  readonly glassToGlassMs: Summary | null;
  readonly skewMs: Summary | null;
  readonly frozenMs: number | null;
  readonly stallsPerTileMinute: number | null;
  /** Latency that the wall aimed at: the highest, and at the end. */
  readonly wallTargetMs: { readonly max: number; readonly last: number } | null;
  readonly browserCores: number | null;
  readonly relayCores: number | null;
  /** The relay, all its processes and MediaMTX. */
  readonly relayTreeCores: number | null;
  /** The RTSP server that plays the cameras; null where the relay draws them. */
  readonly camerasCores: number | null;
  readonly hostBusy: number | null;
  readonly hostSteal: number | null;
  /** Of the relay's processes, while it was measured. */
  readonly restarts: readonly Started[];
  /** Processes that had not run before. */
  readonly began: readonly string[];
  readonly enlarged: Enlarged | null;
  /** After a click on the toolbar icon, all cameras being live; null of the cases whose wall is measured instead. */
  readonly opening: WallOpening | null;
  /** Null of the cases whose wall is measured instead. */
  readonly starts: Starts | null;
  /** What was asked of this case, by figure; empty of the peer. */
  readonly checks: readonly Check[];
  readonly problems: readonly string[];
}

export interface CameraRun {
  readonly system: CameraSystem;
  readonly measured: MeasuredWall | undefined;
  readonly frames: FrameRecord | undefined;
  /** By the page's clock. */
  readonly beganMs: number;
  readonly endedMs: number;
  readonly targetsMs: readonly number[];
  readonly words: readonly TileWords[];
  readonly camerasCores: number | undefined;
  readonly restarts: readonly Started[];
  readonly began: readonly string[];
  readonly enlarged: EnlargedRun | undefined;
  readonly opening: Opening | undefined;
  readonly starts: StartsRun | undefined;
  readonly problems: readonly string[];
}

export interface EnlargedRun {
  readonly switched: SwitchedTile;
  readonly measured: MeasuredWall;
  readonly frames: FrameRecord;
  readonly beganMs: number;
  readonly endedMs: number;
}

export function toRow(spec: CaseRow, sources: readonly SourceWords[], run: CameraRun): CameraRow {
  const { measured, system } = run;
  const reports = measured?.report.tiles ?? [];
  const tiles = measured === undefined ? [] : sources.map((source) => toTile(source, run));
  const sum = (value: (tile: CameraTile) => number): number =>
    tiles.reduce((total, tile) => total + value(tile), 0);
  const cores = (value: number | undefined): number | null => (value === undefined ? null : round(value, 3));
  const targets = run.targetsMs;
  const row: CameraRow = {
    case: spec.name,
    system,
    browser: 'chromium',
    link: 'lan',
    mediamtx: spec.mediamtx,
    mode: system === 'lockstep' ? 'ultra-low' : 'default',
    seconds: measured === undefined ? null : round(measured.seconds),
    tiles,
    glassToGlassMs: pool(reports.map(({ ages }) => ages)) ?? null,
    skewMs: measured?.report.skewMs ?? null,
    frozenMs: measured === undefined ? null : Math.round(sum(({ frozenMs }) => frozenMs)),
    stallsPerTileMinute:
      measured === undefined
        ? null
        : round((sum(({ stalls }) => stalls) * 60) / (sources.length * measured.seconds), 2),
    wallTargetMs:
      targets.length === 0
        ? null
        : { max: Math.round(Math.max(...targets)), last: Math.round(targets.at(-1) ?? 0) },
    browserCores: cores(measured?.browserCores),
    relayCores: cores(measured?.relayCores),
    relayTreeCores: cores(measured?.relayTreeCores),
    camerasCores: cores(run.camerasCores),
    hostBusy: measured?.host.busy ?? null,
    hostSteal: measured?.host.steal ?? null,
    restarts: run.restarts,
    began: run.began,
    enlarged: run.enlarged === undefined ? null : toEnlarged(run.enlarged),
    opening:
      run.opening === undefined
        ? null
        : {
            firstPictureMs: run.opening.firstPictureMs ?? null,
            everyPictureMs: run.opening.everyPictureMs ?? null,
          },
    starts:
      run.starts === undefined
        ? null
        : {
            asked: run.starts.asked,
            freshMs: run.starts.fresh ?? null,
            knownMs: run.starts.known ?? null,
          },
    checks: [],
    problems: run.problems,
  };
  return system === 'lockstep' && wasMeasured(row) ? { ...row, checks: spec.asked(row) } : row;
}

export const wasMeasured = ({ seconds, opening, starts }: CameraRow): boolean =>
  seconds !== null || opening !== null || starts !== null;

function toTile({ id, source, fps }: SourceWords, run: CameraRun): CameraTile {
  const report = run.measured?.report.tiles.find(({ camera }) => camera === id);
  const frames = run.frames?.cameras[id];
  const wholeMs = (run.measured?.seconds ?? 0) * 1000;
  return {
    camera: id,
    source,
    sourceFps: fps,
    size: report?.size ?? null,
    ...(frames === undefined && report?.glassToGlassMs != null
      ? NOT_RECORDED
      : smoothness(frames, run.beganMs, run.endedMs)),
    glassToGlassMs: report?.glassToGlassMs ?? null,
    unreadable: report?.unreadable ?? 0,
    stalls: report?.stalls ?? 1,
    // A tile that is not even there was frozen all the time.
    frozenMs: Math.round(report?.frozenMs ?? wholeMs),
    droppedFrames: report?.frames.dropped ?? 0,
    words: run.words.find(({ camera }) => camera === id) ?? null,
  };
}

function toEnlarged({ switched, measured, frames, beganMs, endedMs }: EnlargedRun): Enlarged {
  return {
    camera: switched.camera,
    fromWidth: switched.fromWidth,
    toWidth: switched.toWidth,
    switchedMs: Math.round(switched.switchedMs),
    gapMs: Math.round(switched.gapMs),
    skewMs: measured.report.skewMs ?? null,
    tiles: measured.report.tiles.map(({ camera }) => ({
      camera,
      ...smoothness(frames.cameras[camera], beganMs, endedMs),
    })),
  };
}

type Cells = Record<string, string | number>;

/** One line a tile; what holds of the whole wall stands in the line of its first tile. */
export function tableRows(row: CameraRow): Cells[] {
  const head = { case: row.case, system: row.system };
  if (row.opening !== null || row.starts !== null) return [{ ...head, tile: 'all' }];
  if (row.tiles.length === 0) return [{ ...head, tile: 'not measured' }];
  return row.tiles.map((tile, index) => ({
    ...head,
    tile: tile.camera,
    source: tile.source,
    shown: tile.size ?? '–',
    fps: `${tile.framesPerSecond ?? '–'} of ${tile.sourceFps}`,
    gaps: tile.gaps ?? '–',
    'longest ms': tile.longestGapMs ?? '–',
    stalls: tile.stalls,
    'frozen ms': tile.frozenMs,
    'age p50': tile.glassToGlassMs?.p50 ?? '–',
    p95: tile.glassToGlassMs?.p95 ?? '–',
    ...(index > 0
      ? EMPTY
      : {
          'skew p50/p95': row.skewMs === null ? '–' : `${row.skewMs.p50}/${row.skewMs.p95}`,
          target: row.wallTargetMs === null ? '–' : `${row.wallTargetMs.last} (${row.wallTargetMs.max})`,
          tree: row.relayTreeCores ?? '–',
          relay: row.relayCores ?? '–',
          browser: row.browserCores ?? '–',
          cameras: row.camerasCores ?? '–',
          restarts: row.restarts.reduce((sum, { times }) => sum + times, 0),
        }),
  }));
}

const EMPTY: Cells = {
  'skew p50/p95': '',
  target: '',
  tree: '',
  relay: '',
  browser: '',
  cameras: '',
  restarts: '',
};

/** Sentences below the table: what was asked and is not so, what a click brought, what went wrong. */
export function notes(row: CameraRow): string[] {
  const { enlarged, opening, starts } = row;
  const name = `${row.case}, ${row.system}`;
  const words = [
    ...row.checks.map((check) => checkText(check)),
    ...(enlarged === null
      ? []
      : [
          `${enlarged.camera} enlarged: ${enlarged.fromWidth} to ${enlarged.toWidth} wide after ${enlarged.switchedMs} ms, ` +
            `longest gap ${enlarged.gapMs} ms; then skew p95 ${enlarged.skewMs?.p95 ?? '–'} ms, gaps ` +
            enlarged.tiles
              .map(({ camera, gaps, longestGapMs }) => `${camera} ${gaps} (${longestGapMs} ms)`)
              .join(', '),
        ]),
    ...(opening === null
      ? []
      : [
          `after the click the first tile shows a picture at ${opening.firstPictureMs ?? '–'} ms, the last at ${opening.everyPictureMs ?? '–'} ms`,
        ]),
    ...(starts === null ? [] : startsWords(starts)),
    ...row.restarts.map(({ process, times }) => `${process} was restarted ${times} times`),
    ...(row.began.length === 0 ? [] : [`began meanwhile: ${row.began.join(', ')}`]),
    ...row.tiles.flatMap(({ camera, words: said }) =>
      said === null ? [] : [`${camera} says “${said.says}”, the relay “${said.relay}”`],
    ),
    ...row.problems,
  ];
  return words.map((text) => `${name}: ${text}`);
}

/** Sentences of what a start of the relay brings. */
export function startsWords({ asked, freshMs, knownMs }: Starts): string[] {
  return [['never seen', freshMs] as const, ['known', knownMs] as const].map(
    ([kind, times]) =>
      `cameras ${kind}: first picture after the relay's start p50 ${times?.p50 ?? '–'}, max ${times?.max ?? '–'} ms (${times?.n ?? 0} of ${asked})`,
  );
}

/** Bars of what was measured; what was not has no bar. */
export function chart(rows: readonly CameraRow[]): string {
  const bars = (value: (row: CameraRow) => number | null | undefined): Bar[] =>
    rows.flatMap((row) => {
      const height = value(row);
      return typeof height === 'number' ? [{ label: `${row.system}, ${row.case}`, value: height }] : [];
    });
  return barChart('Cameras of a house on one small host: lower is better', [
    {
      title: 'Without a new picture, all tiles',
      unit: 'ms',
      bars: bars((row) =>
        row.seconds === null ? null : row.tiles.reduce((sum, tile) => sum + (tile.gapMs ?? tile.frozenMs), 0),
      ),
    },
    { title: 'Difference between tiles (skew), p95', unit: 'ms', bars: bars((row) => row.skewMs?.p95) },
    { title: 'Relay with all its processes', unit: 'cores', bars: bars((row) => row.relayTreeCores) },
    { title: 'Browser', unit: 'cores', bars: bars((row) => row.browserCores) },
  ]);
}
