/** Finds the target in a picture and reads the time in it: turned, tilted, blurred, dim, upside down. Pure. */
import { type Finder, findFinders, type Gray } from './finders.ts';
import { type Box, cellOf, decodeTarget, FINDERS, PAIRS, type Point, TARGET } from './target.ts';

export interface Located {
  /** Of the clock that was filmed, in ms from the beginning of its cycle. */
  readonly timeMs: number;
  /** Of the target in the picture, clockwise from its own top left. */
  readonly corners: readonly Point[];
}

type Quad = readonly [Finder, Finder, Finder, Finder];

/** What a pair of cells differs by at least, as a share of what light and dark differ by in the finders. */
const CLEAR = 0.35;
/** Pairs that may change while a picture is exposed for up to two ticks: the lowest bit, and one other. */
const MAX_UNCLEAR = 2;
const MIN_CONTRAST = 10;

/** A large target wants wide surroundings; beside a bright window, only near ones tell its light from its dark. */
const SURROUNDINGS = [1 / 10, 1 / 28];

/** Undefined when the picture holds no target that can be read. */
export function locateTarget(picture: Gray): Located | undefined {
  for (const surroundings of SURROUNDINGS) {
    const located = locateAmong(findFinders(picture, surroundings), picture);
    if (located !== undefined) return located;
  }
  return undefined;
}

function locateAmong(finders: readonly Finder[], picture: Gray): Located | undefined {
  for (const quad of quadsOf(finders)) {
    const map = fromTarget(quad);
    const timeMs = readCells(picture, map);
    if (timeMs === undefined) continue;
    const { width, height } = TARGET;
    const corners = [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ].map(map);
    return { timeMs, corners };
  }
  return undefined;
}

/** Four finders that can be the corners of a target, clockwise from its top left, for each way it may be turned. */
function* quadsOf(finders: readonly Finder[]): Generator<Quad> {
  const { length } = finders;
  for (let a = 0; a < length; a += 1) {
    for (let b = a + 1; b < length; b += 1) {
      for (let c = b + 1; c < length; c += 1) {
        for (let d = c + 1; d < length; d += 1) {
          const four = clockwise([a, b, c, d].flatMap((n) => finders[n] ?? []));
          for (let turn = 0; turn < 4; turn += 1) {
            const [one, two, three, last] = [...four.slice(turn), ...four.slice(0, turn)];
            if (!one || !two || !three || !last) continue;
            const quad: Quad = [one, two, three, last];
            if (hasShape(quad)) yield quad;
          }
        }
      }
    }
  }
}

function clockwise(points: readonly Finder[]): Finder[] {
  const middle = {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
  const angle = ({ x, y }: Point): number => Math.atan2(y - middle.y, x - middle.x);
  return [...points].sort((a, b) => angle(a) - angle(b));
}

/** Convex, of about the target's proportions, and of the size that the modules of its finders say. */
function hasShape(quad: Quad): boolean {
  const side = (n: number): number => distance(quad[n % 4] as Finder, quad[(n + 1) % 4] as Finder);
  const [top, right, bottom, left] = [side(0), side(1), side(2), side(3)];
  if (alike(top, bottom) > 2 || alike(right, left) > 2) return false;
  const wider = (top + bottom) / (right + left);
  if (wider < 1.2 || wider > 4.5) return false;
  const modules = quad.map(({ modulePx }) => modulePx);
  if (alike(Math.max(...modules), Math.min(...modules)) > 2.5) return false;
  const modulePx = Math.sqrt(modules.reduce((product, each) => product * Math.sqrt(each), 1));
  const [, across = { x: 0 }, below = { y: 0 }] = FINDERS;
  const [first = { x: 0, y: 0 }] = FINDERS;
  const expected = Math.sqrt(
    ((top + bottom) / 2 / (across.x - first.x)) * ((right + left) / 2 / (below.y - first.y)),
  );
  if (alike(modulePx, expected) > 1.6) return false;
  return quad.every((at, n) => {
    const [next, after] = [quad[(n + 1) % 4] as Finder, quad[(n + 2) % 4] as Finder];
    return (next.x - at.x) * (after.y - next.y) - (next.y - at.y) * (after.x - next.x) > 0;
  });
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
/** How many times the larger one is as large. */
const alike = (a: number, b: number): number => Math.max(a, b) / Math.min(a, b);

/** From modules to pixels: the perspective that brings the target's finders to these four. */
function fromTarget(quad: Quad): (point: Point) => Point {
  const [topLeft, , bottomRight] = FINDERS as [Point, Point, Point, Point];
  const map = fromUnitSquare(quad);
  return ({ x, y }) =>
    map({
      x: (x - topLeft.x) / (bottomRight.x - topLeft.x),
      y: (y - topLeft.y) / (bottomRight.y - topLeft.y),
    });
}

/**
 * The perspective that brings the corners of a square with sides of 1 to these four (P. Heckbert, Fundamentals of
 * Texture Mapping and Image Warping, 1989, section 2.2.3).
 */
export function fromUnitSquare(corners: readonly [Point, Point, Point, Point]): (point: Point) => Point {
  const [a, b, c, d] = corners;
  const sx = a.x - b.x + c.x - d.x;
  const sy = a.y - b.y + c.y - d.y;
  const [dx1, dx2, dy1, dy2] = [b.x - c.x, d.x - c.x, b.y - c.y, d.y - c.y];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return ({ x, y }) => {
    const w = g * x + h * y + 1;
    return {
      x: ((b.x - a.x + g * b.x) * x + (d.x - a.x + h * d.x) * y + a.x) / w,
      y: ((b.y - a.y + g * b.y) * x + (d.y - a.y + h * d.y) * y + a.y) / w,
    };
  };
}

function readCells(picture: Gray, map: (point: Point) => Point): number | undefined {
  const finders = FINDERS.map(({ x, y }) => ({
    dark: brightness(picture, map, { x: x - 1, y: y - 1, width: 2, height: 2 }),
    light: brightness(picture, map, { x: x - 2.3, y: y - 1, width: 0.6, height: 2 }),
  }));
  const contrast = Math.min(...finders.map(({ dark, light }) => light - dark));
  if (contrast < MIN_CONTRAST) return undefined;
  if (!finders.every(({ dark, light }, n) => hasRings(picture, map, FINDERS[n] as Point, (dark + light) / 2)))
    return undefined;
  const bits: boolean[] = [];
  let unclear = 0;
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const one = brightness(picture, map, inner(cellOf(pair, 'one')));
    const zero = brightness(picture, map, inner(cellOf(pair, 'zero')));
    if (Math.abs(one - zero) < CLEAR * contrast) unclear += 1;
    bits.push(one > zero);
  }
  return unclear > MAX_UNCLEAR ? undefined : decodeTarget(bits);
}

/** Whether the finder's rings lie where this perspective has them: four squares by chance make another one. */
function hasRings(picture: Gray, map: (point: Point) => Point, middle: Point, between: number): boolean {
  let right = 0;
  let all = 0;
  for (const [reach, light] of RINGS) {
    for (const [x, y] of EIGHT_WAYS) {
      const at = pixel(picture, map({ x: middle.x + x * reach, y: middle.y + y * reach }));
      all += 1;
      if (at > between === light) right += 1;
    }
  }
  return right >= RINGS_RIGHT * all;
}

/** From the middle, in modules: the light ring, the dark one, and the ground around it. */
const RINGS = [
  [2, true],
  [3, false],
  [4, true],
] as const;
const EIGHT_WAYS = [-1, 0, 1]
  .flatMap((x) => [-1, 0, 1].map((y) => [x, y] as const))
  .filter(([x, y]) => x || y);
/** Noise and blur take some. */
const RINGS_RIGHT = 0.8;

/** What blur leaves of a cell. */
const inner = ({ x, y, width, height }: Box): Box => ({
  x: x + width / 4,
  y: y + height / 4,
  width: width / 2,
  height: height / 2,
});

const SAMPLES = [0, 0.25, 0.5, 0.75, 1];

/** Mean of the pixels at 25 points of the box. */
function brightness(picture: Gray, map: (point: Point) => Point, box: Box): number {
  let total = 0;
  for (const down of SAMPLES) {
    for (const across of SAMPLES) {
      total += pixel(picture, map({ x: box.x + across * box.width, y: box.y + down * box.height }));
    }
  }
  return total / SAMPLES.length ** 2;
}

/** The nearest one. */
function pixel({ width, height, data }: Gray, { x, y }: Point): number {
  const column = Math.min(width - 1, Math.max(0, Math.floor(x)));
  const row = Math.min(height - 1, Math.max(0, Math.floor(y)));
  return data[row * width + column] ?? 0;
}
