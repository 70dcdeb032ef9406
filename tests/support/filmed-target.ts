/** Pictures that a camera might take of the calibration target, drawn in code. */
import type { Gray } from '../../src/viewer/calibrate/finders.ts';
import { drawnBoxes, type Point, TARGET } from '../../src/viewer/calibrate/target.ts';

export interface Filming {
  readonly width?: number;
  readonly height?: number;
  /** Middle of the target, as shares of the picture. */
  readonly at?: Point;
  /** Width of the target, as a share of the picture's. */
  readonly size?: number;
  /** Clockwise. */
  readonly degrees?: number;
  /** How much smaller its right side is than its left one, as a share. */
  readonly tilt?: number;
  /** Reach of the blur, in pixels. */
  readonly blurPx?: number;
  /** Largest error of a pixel. */
  readonly noise?: number;
  /** What is black and white to the camera. */
  readonly levels?: readonly [black: number, white: number];
  /** Of the room around the screen. */
  readonly room?: number;
  /** The exposure lasts over these times: their mean is seen. */
  readonly timesMs: readonly number[];
}

/** A pseudo-random sequence between 0 (included) and 1, the same for the same seed. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** White margin around the target, in modules. */
const MARGIN = 3;

export function film(options: Filming, random = sequence(1)): Gray {
  const { width = 640, height = 360, at = { x: 0.5, y: 0.5 }, size = 0.6, degrees = 0, tilt = 0 } = options;
  const { blurPx = 0, noise = 0, levels: [black, white] = [16, 235], room = 90 } = options;
  const modulePx = (size * width) / TARGET.width;
  const turn = (degrees * Math.PI) / 180;
  const lit = moduleLevels(options.timesMs, black, white);
  const light = (x: number, y: number): number => {
    // Back from the picture: moved to its middle, turned back, and the perspective of a tilted screen undone.
    const [px, py] = [x - at.x * width, y - at.y * height];
    const [rx, ry] = [px * Math.cos(turn) + py * Math.sin(turn), py * Math.cos(turn) - px * Math.sin(turn)];
    const u = rx / modulePx;
    const w = 1 / (1 + (tilt * u) / TARGET.width);
    const inX = u * w + TARGET.width / 2;
    const inY = (ry / modulePx) * w + TARGET.height / 2;
    if (inX < -MARGIN || inY < -MARGIN || inX > TARGET.width + MARGIN || inY > TARGET.height + MARGIN)
      return room;
    if (inX < 0 || inY < 0 || inX >= TARGET.width || inY >= TARGET.height) return white;
    return lit[Math.floor(inY) * TARGET.width + Math.floor(inX)] ?? white;
  };
  const sharp = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) sharp[y * width + x] = light(x + 0.5, y + 0.5);
  }
  const soft = blurred(sharp, width, height, blurPx);
  const data = Uint8Array.from(soft, (value) =>
    Math.max(0, Math.min(255, Math.round(value + (2 * random() - 1) * noise))),
  );
  return { width, height, data };
}

/** Of each module of the target, row by row: every box begins and ends between two modules. */
function moduleLevels(timesMs: readonly number[], black: number, white: number): Float32Array {
  const levels = new Float32Array(TARGET.width * TARGET.height);
  for (const timeMs of timesMs) {
    const now = new Float32Array(levels.length).fill(white);
    for (const { box, light } of drawnBoxes(timeMs)) {
      for (let y = box.y; y < box.y + box.height; y += 1) {
        now.fill(light ? white : black, y * TARGET.width + box.x, y * TARGET.width + box.x + box.width);
      }
    }
    for (let n = 0; n < levels.length; n += 1) levels[n] = (levels[n] ?? 0) + (now[n] ?? 0) / timesMs.length;
  }
  return levels;
}

/** Two means along rows and columns: nearly a Gaussian. */
function blurred(from: Float32Array, width: number, height: number, reach: number): Float32Array {
  if (reach === 0) return from;
  let now = from;
  for (const [step, length, lines, next] of [
    [1, width, height, width],
    [width, height, width, 1],
    [1, width, height, width],
    [width, height, width, 1],
  ] as const) {
    const out = new Float32Array(now.length);
    for (let line = 0; line < lines; line += 1) {
      for (let at = 0; at < length; at += 1) {
        let total = 0;
        for (let by = -reach; by <= reach; by += 1) {
          const clamped = Math.max(0, Math.min(length - 1, at + by));
          total += now[line * next + clamped * step] ?? 0;
        }
        out[line * next + at * step] = total / (2 * reach + 1);
      }
    }
    now = out;
  }
  return now;
}

/** A picture without a target: noise, gradients, boxes, stripes, and now and then a ringed square or two. */
export function randomPicture(random: () => number, width = 200, height = 112): Gray {
  const pick = (max: number): number => Math.floor(random() * max);
  const data = new Uint8Array(width * height);
  const [slopeX, slopeY, base] = [random() * 0.4, random() * 0.4, pick(160)];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data[y * width + x] = base + slopeX * x + slopeY * y;
  }
  const fill = (left: number, top: number, wide: number, high: number, value: number): void => {
    for (let y = Math.max(0, top); y < Math.min(height, top + high); y += 1) {
      data.fill(value, y * width + Math.max(0, left), y * width + Math.max(0, Math.min(width, left + wide)));
    }
  };
  for (let n = pick(60); n > 0; n -= 1) fill(pick(width), pick(height), pick(60), pick(60), pick(256));
  if (random() < 0.4) {
    const pitch = 2 + pick(12);
    for (let x = pick(width); x < width; x += 2 * pitch) fill(x, 0, pitch, height, pick(100));
    for (let y = pick(height); y < height; y += 2 * pitch) fill(0, y, width, pitch, pick(256));
  }
  for (let n = random() < 0.6 ? pick(9) : 0; n > 0; n -= 1) {
    const modulePx = 2 + pick(2);
    const [left, top] = [pick(width - 30), pick(height - 30)];
    for (const [inset, value] of [
      [0, 20],
      [1, 220],
      [2, 20],
    ] as const) {
      fill(
        left + inset * modulePx,
        top + inset * modulePx,
        (7 - 2 * inset) * modulePx,
        (7 - 2 * inset) * modulePx,
        value,
      );
    }
  }
  const noise = random() < 0.5 ? pick(120) : pick(10);
  for (let n = 0; n < data.length; n += 1) {
    data[n] = Math.max(0, Math.min(255, (data[n] ?? 0) + (2 * random() - 1) * noise));
  }
  return { width, height, data };
}
