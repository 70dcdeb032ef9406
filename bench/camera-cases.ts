/** The walls that the suite `cameras` measures, and what is asked of each. Pure. */
import type { CAMERA_CLIPS } from '../rig/camera-clips.ts';
import type { CameraRow, CaseRow } from './camera-rows.ts';
import { atLeast, atMost } from './checks.ts';

type ClipName = keyof typeof CAMERA_CLIPS;

/** A camera that sends clips over RTSP. */
export interface ClipCameraSpec {
  readonly id: string;
  readonly name: string;
  readonly main: ClipName;
  readonly sub?: ClipName;
}

export interface CameraCase extends CaseRow {
  /** Cameras over RTSP, or those of the demo: the default three, or three small ones, drawn here. */
  readonly cameras: readonly ClipCameraSpec[] | 'demo' | 'three-small';
  readonly realtime?: true;
  /** This tile is enlarged at the end. */
  readonly enlarge?: string;
  /** Only opening the wall is measured: what happens when rungs that nobody watched are wanted all at once. */
  readonly opening?: true;
  /** Only the start of the relay is measured, by what a viewer gets. */
  readonly starts?: true;
}

/** Neighbours first: the large one is the third, the camera this project began with. */
const house = (third: Omit<ClipCameraSpec, 'id' | 'name'>, sub?: ClipName): ClipCameraSpec[] => [
  { id: 'cam1', name: 'Front door', main: '1080p', ...(sub === undefined ? {} : { sub }) },
  { id: 'cam2', name: 'Driveway', main: '1080p', ...(sub === undefined ? {} : { sub }) },
  { id: 'cam3', name: 'Garden', ...third },
];

/** Of 25: a picture may be lost where the clocks of camera and screen meet. */
const FULL_RATE = 24;
/** One picture at 25 a second. */
const FRAME_MS = 40;

export const CAMERA_CASES: readonly CameraCase[] = [
  {
    name: '4k-hevc',
    cameras: house({ main: '4k-hevc' }),
    mediamtx: 'off',
    asked: (row) => [
      atMost('gaps of the neighbours', most(row, ['cam1', 'cam2'], 'gaps'), 0),
      atLeast('pictures/s of the neighbours', least(row, ['cam1', 'cam2']), FULL_RATE),
      atMost('restarts', restarts(row), 0),
    ],
  },
  {
    name: '4k-h264',
    cameras: house({ main: '4k-h264' }),
    mediamtx: 'off',
    asked: (row) => [
      atMost('gaps', most(row, ALL, 'gaps'), 0),
      atLeast('pictures/s', least(row, ALL), FULL_RATE),
      atMost('relay tree cores', row.relayTreeCores, 1.1),
      atMost('restarts', restarts(row), 0),
    ],
  },
  {
    name: '4k-substreams',
    cameras: house({ main: '4k-h264', sub: 'sub' }, 'sub'),
    mediamtx: 'off',
    enlarge: 'cam3',
    asked: (row) => [
      atMost('gaps', most(row, ALL, 'gaps'), 0),
      atMost('relay tree cores', row.relayTreeCores, 0.12),
      atMost('main rung after ms', row.enlarged?.switchedMs ?? null, 300),
      atMost('skew p95 afterwards ms', row.enlarged?.skewMs?.p95 ?? null, (row.skewMs?.p95 ?? 0) + FRAME_MS),
    ],
  },
  ...(['off', 'on'] as const).map(
    (mediamtx): CameraCase => ({
      name: mediamtx === 'off' ? 'demo' : 'demo-mediamtx',
      cameras: 'demo',
      mediamtx,
      enlarge: 'cam3',
      asked: (row) => [
        atMost('stalls', most(row, ALL, 'stalls'), 0),
        atMost('age p95 over target ms', minus(row.glassToGlassMs?.p95, row.wallTargetMs?.last), 60),
        atMost('skew p95 ms', row.skewMs?.p95 ?? null, 60),
        atMost('target ms', row.wallTargetMs?.max ?? null, 300),
      ],
    }),
  ),
  {
    name: 'wake-16',
    cameras: Array.from({ length: 16 }, (_, index) => ({
      id: `cam${index + 1}`,
      name: `Camera ${index + 1}`,
      main: '1080p-slow',
    })),
    mediamtx: 'off',
    opening: true,
    asked: (row) => [
      atMost('the last tile shows a picture after ms', row.opening?.everyPictureMs ?? null, 3000),
    ],
  },
  {
    name: 'start',
    cameras: house({ main: '4k-h264' }),
    mediamtx: 'off',
    starts: true,
    asked: ({ starts }) => [
      atLeast('cameras with a picture', cameOf(starts), (starts?.asked ?? 0) * 2),
      atMost('a camera never seen shows a picture after ms', starts?.freshMs?.max ?? null, 5000),
      atMost('a known camera shows a picture after ms', starts?.knownMs?.max ?? null, 3000),
    ],
  },
  {
    name: 'three-small',
    cameras: 'three-small',
    mediamtx: 'off',
    asked: (row) => [
      atMost('age p95 ms', row.glassToGlassMs?.p95 ?? null, 330),
      atMost('skew p95 ms', row.skewMs?.p95 ?? null, 60),
    ],
  },
  {
    name: 'three-realtime',
    cameras: 'three-small',
    mediamtx: 'on',
    realtime: true,
    asked: (row) => [atMost('age p95 ms', row.glassToGlassMs?.p95 ?? null, 60)],
  },
];

const cameOf = (starts: CameraRow['starts']): number | null =>
  starts === null ? null : (starts.freshMs?.n ?? 0) + (starts.knownMs?.n ?? 0);

const ALL = ['cam1', 'cam2', 'cam3'];

function of(row: CameraRow, cameras: readonly string[]): CameraRow['tiles'] {
  return row.tiles.filter(({ camera }) => cameras.includes(camera));
}

function most(row: CameraRow, cameras: readonly string[], figure: 'gaps' | 'stalls'): number | null {
  const tiles = of(row, cameras);
  return tiles.length === 0 ? null : Math.max(...tiles.map((tile) => tile[figure] ?? Number.NaN));
}

function least(row: CameraRow, cameras: readonly string[]): number | null {
  const tiles = of(row, cameras);
  return tiles.length === 0 ? null : Math.min(...tiles.map((tile) => tile.framesPerSecond ?? Number.NaN));
}

const restarts = (row: CameraRow): number => row.restarts.reduce((sum, { times }) => sum + times, 0);

const minus = (a: number | undefined, b: number | undefined): number | null =>
  a === undefined || b === undefined ? null : Math.round(a - b);
