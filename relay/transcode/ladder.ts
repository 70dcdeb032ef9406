/**
 * Which rungs a camera has: as declared, or chosen from the size of the source and the cores that are left. Pure.
 * Rungs come best first, and the first keeps its name whatever its size, so that a wall that shows it stays with it.
 */
import { rungId } from '../config/rung-id.ts';
import type { EncodeConfig } from '../config/schema.ts';
import {
  ASSUMED_SIZE,
  bitrateAt,
  defaultBitrateKbps,
  evenSize,
  parseSize,
  pixels,
  type Size,
  shrinkTo,
} from '../source/sizes.ts';

export interface RungPlan {
  readonly id: string;
  /** The picture is made to fit this; undefined: it has the size of the source. */
  readonly size: Size | undefined;
  /** Its size as far as it is known beforehand. */
  readonly expected: Size;
  readonly fps: number;
  /** Upper bound of the bit rate. */
  readonly bitrateKbps: number;
  /** Of unknown size, bits must not be spent for their own sake: constant quality below the bound. */
  readonly constantQuality: boolean;
}

export interface LadderRequest {
  readonly encode: EncodeConfig;
  /** Undefined while unknown. */
  readonly source: Size | undefined;
  /** Largest picture that this host is to encode; undefined: no limit. */
  readonly cap: Size | undefined;
  /** Cores that rungs below the best may take, besides those that cost next to nothing. */
  readonly spareCores: number;
  /**
   * The rates of the rungs that there were when this host turned out too slow: there are no others, and none is
   * faster. Undefined: it never was.
   */
  readonly noMoreThan: ReadonlyMap<string, number> | undefined;
  /** Of a rung that is made from pictures of the size `from`. */
  readonly coresOf: (size: Size, fps: number, from: Size) => number;
}

export const MAIN_RUNG = 'main';
/** A source of at most this size has one rung: below, one is small enough for any link that carries a wall. */
const SINGLE_UP_TO: Size = { width: 1280, height: 720 };
/**
 * What `auto` puts below the best rung, the most useful first: for many tiles, for one tile, for very slow links,
 * for a large tile of a 4K camera (the rows of Apple's authoring specification, thinned out for still scenes).
 */
const ROWS: readonly {
  readonly id: string;
  readonly size: Size;
  /** Made whatever it costs, at this rate; undefined: only where there is room. */
  readonly freeFps?: number;
  /** At this rate where there is room. */
  readonly fps: number;
}[] = [
  // The first two cost next to nothing: 0.07 cores together, below 1080p30 and below 2160p30. At 15 fps a tile stutters
  // and stands up to 67 ms beside the others, but two cores that have a 4K camera and two of 1080p have no more.
  { id: '360', size: { width: 640, height: 360 }, freeFps: 15, fps: 30 },
  { id: '180', size: { width: 320, height: 180 }, freeFps: 5, fps: 5 },
  { id: '720', size: { width: 1280, height: 720 }, fps: 60 },
  { id: '1080', size: { width: 1920, height: 1080 }, fps: 60 },
];
/** A row this close to the best rung is of no use beside it. */
const SMALLER_BY = 0.7;

export function planLadder(request: LadderRequest): readonly RungPlan[] {
  const { rungs } = request.encode;
  return rungs === 'auto' ? automatic(request) : declared(rungs, request.encode);
}

function automatic(request: LadderRequest): readonly RungPlan[] {
  const { encode, source, cap, spareCores, noMoreThan, coresOf } = request;
  const known = encode.size === undefined ? source : evenSize(parseSize(encode.size));
  const best = bestRung(encode, known, cap);
  if (known === undefined || pixels(known) <= pixels(SINGLE_UP_TO)) return [best];
  let spare = spareCores;
  const below: RungPlan[] = [];
  for (const row of ROWS) {
    const size = shrinkTo(known, row.size);
    if (pixels(size) > SMALLER_BY * pixels(best.expected)) continue;
    const cores = (fps: number): number => (fps === 0 ? 0 : coresOf(size, fps, best.expected));
    const freeFps = Math.min(row.freeFps ?? 0, encode.fps);
    const limit = noMoreThan === undefined ? row.fps : (noMoreThan.get(row.id) ?? freeFps);
    const fullFps = Math.min(row.fps, encode.fps, limit);
    const extra = Math.max(0, cores(fullFps) - cores(freeFps));
    const fps = extra > spare ? freeFps : fullFps;
    if (fps === 0) continue;
    if (fps > freeFps) spare -= extra;
    const bitrateKbps = bitrateAt(size, fps);
    below.push({ id: row.id, size, expected: size, fps, bitrateKbps, constantQuality: false });
  }
  return [best, ...below.sort(byQuality)];
}

function bestRung(encode: EncodeConfig, known: Size | undefined, cap: Size | undefined): RungPlan {
  const capped = cap !== undefined && known !== undefined && pixels(known) > pixels(cap);
  const size = capped ? shrinkTo(known, cap) : encode.size === undefined ? undefined : known;
  const expected = size ?? known ?? ASSUMED_SIZE;
  return {
    id: MAIN_RUNG,
    size,
    expected,
    fps: encode.fps,
    bitrateKbps: encode.bitrateKbps ?? defaultBitrateKbps(expected),
    constantQuality: known === undefined && encode.bitrateKbps === undefined,
  };
}

type Declared = Exclude<EncodeConfig['rungs'], 'auto'>;

function declared(rungs: Declared, encode: EncodeConfig): readonly RungPlan[] {
  return rungs
    .map((rung) => {
      const size = evenSize(parseSize(rung.size));
      const fps = Math.min(rung.fps ?? encode.fps, encode.fps);
      return {
        id: rungId(rung),
        size,
        expected: size,
        fps,
        bitrateKbps: rung.bitrateKbps ?? bitrateAt(size, fps),
        constantQuality: false,
      };
    })
    .sort(byQuality);
}

/** Its name in addresses, when the configuration gives it none. */
function byQuality(a: RungPlan, b: RungPlan): number {
  return pixels(b.expected) - pixels(a.expected) || b.fps - a.fps || b.bitrateKbps - a.bitrateKbps;
}

/** Whether `auto` made it more than it had to: what a busy host can do without. */
export const isExtra = ({ id, fps }: RungPlan): boolean =>
  ROWS.some((row) => row.id === id && fps > (row.freeFps ?? 0));
