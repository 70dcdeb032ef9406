/** From the records of openings to figures: first picture, whole moving wall, and where the time goes. Pure. */
import type { OpeningRecord } from '../rig/opening.ts';
import { type Summary, summarise } from '../src/viewer/measure/samples.ts';

/** A stall by the meter's rule at 30 pictures a second: a wall whose pictures still break off does not move yet. */
const STALL_MS = 183;

/** Times after the click; undefined for what did not happen. */
export interface Opening {
  readonly firstPictureMs: number | undefined;
  /** Every tile has shown a picture. */
  readonly everyPictureMs: number | undefined;
  /** Every tile shows one picture after the other, and none of them stalls from then on. */
  readonly movingMs: number | undefined;
  readonly stages: Readonly<Record<Stage, number | undefined>>;
}

const STAGES = [
  'page',
  'scripts',
  'controlOpen',
  'controlState',
  'mediaAsked',
  'mediaOpen',
  'mediaData',
] as const;
type Stage = (typeof STAGES)[number];

export interface OpeningRow {
  readonly system: 'lockstep';
  readonly cameras: string;
  readonly tiles: number;
  readonly openings: number;
  readonly firstPictureMs: Summary | null;
  readonly everyPictureMs: Summary | null;
  readonly movingMs: Summary | null;
  /** Medians after the click; the last tile counts. */
  readonly stagesMs: Readonly<Record<Stage, number | null>>;
  readonly problems: readonly string[];
  readonly raw: readonly Opening[];
}

export function openingOf(record: OpeningRecord, cameras: readonly string[]): Opening {
  const { clickedMs, endedMs } = record;
  const first = cameras.map((camera) => record.frames[camera]?.[0]);
  const moving = cameras.map((camera) => movingSince(record.frames[camera] ?? [], endedMs));
  const after = (timeMs: number | undefined): number | undefined =>
    timeMs === undefined ? undefined : Math.round(timeMs - clickedMs);
  const known = first.filter((time) => time !== undefined);
  const control = record.sockets.find(({ path }) => path.includes('control'));
  const media = record.sockets.filter(({ path }) => path.includes('media'));
  return {
    firstPictureMs: after(known.length === 0 ? undefined : Math.min(...known)),
    everyPictureMs: after(last(first)),
    movingMs: after(last(moving)),
    stages: {
      page: after(record.pageMs),
      scripts: after(record.scriptMs),
      controlOpen: after(control?.openMs),
      // Greeting, then the full state.
      controlState: after(control?.messagesMs[1]),
      mediaAsked: after(last(media.map(({ createdMs }) => createdMs))),
      mediaOpen: after(last(media.map(({ openMs }) => openMs))),
      mediaData: after(last(media.map(({ messagesMs }) => messagesMs[0]))),
    },
  };
}

/** Second picture after the last stall; undefined when the pictures stand at the end, or never came. */
function movingSince(frames: readonly number[], endedMs: number): number | undefined {
  if (endedMs - (frames.at(-1) ?? 0) > STALL_MS) return undefined;
  const start = frames.findLastIndex(
    (time, index) => index > 0 && time - (frames[index - 1] ?? 0) > STALL_MS,
  );
  return frames[Math.max(0, start) + 1];
}

/** The latest; undefined when one is missing. */
function last(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length || known.length === 0 ? undefined : Math.max(...known);
}

export function toRow(cameras: string, tiles: number, openings: readonly Opening[]): OpeningRow {
  const summary = (value: (opening: Opening) => number | undefined): Summary | null =>
    summarise(openings.flatMap((opening) => value(opening) ?? [])) ?? null;
  return {
    system: 'lockstep',
    cameras,
    tiles,
    openings: openings.length,
    firstPictureMs: summary((opening) => opening.firstPictureMs),
    everyPictureMs: summary((opening) => opening.everyPictureMs),
    movingMs: summary((opening) => opening.movingMs),
    stagesMs: Object.fromEntries(
      STAGES.map((stage) => [stage, summary(({ stages }) => stages[stage])?.p50 ?? null]),
    ) as Record<Stage, number | null>,
    problems: openings.flatMap(({ movingMs }, index) =>
      movingMs === undefined ? [`opening ${index + 1}: not every tile moved at the end`] : [],
    ),
    raw: openings,
  };
}

export function tableRow(row: OpeningRow): Record<string, string | number> {
  return {
    cameras: `${row.tiles} ${row.cameras}`,
    openings: row.openings,
    'first picture p50': row.firstPictureMs?.p50 ?? '–',
    'first picture max': row.firstPictureMs?.max ?? '–',
    'all tiles p50': row.everyPictureMs?.p50 ?? '–',
    'moving p50': row.movingMs?.p50 ?? '–',
    'moving p95': row.movingMs?.p95 ?? '–',
    'moving max': row.movingMs?.max ?? '–',
    n: row.movingMs?.n ?? 0,
  };
}
