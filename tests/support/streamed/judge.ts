/** What the tests of the player on streamed segments have in common: their streams, and what every picture must be. */
import { expect } from 'vitest';
import { makeParts, type PartMedia } from '../part-media.ts';
import { FPS, GREY_STEP, GREYS, type Seen } from './seen.ts';

interface StreamOptions {
  readonly seconds: number;
  /** When there is a keyframe, as x264 is told. */
  readonly keyframes: readonly string[];
  readonly size?: string;
  /** Media time of the first frame: a camera runs for long before somebody looks. */
  readonly fromMs?: number;
}

export const makeStream = ({
  seconds,
  keyframes,
  size = '96x64',
  fromMs = 3_600_000,
}: StreamOptions): Promise<PartMedia> =>
  makeParts({
    picture: `color=black:size=${size}:rate=${FPS}:duration=${seconds},format=yuv420p,geq=lum='16+${GREY_STEP}*mod(N,${GREYS})':cb=128:cr=128`,
    keyframes,
    fromMs,
  });

export const gop = (sec: number): string[] => ['-g', `${sec * FPS}`];

/** Every picture is what its date says. How many there are is the host's affair, and whether they stop that of {@link expectSmooth}. */
export function expectDated(
  { frames, undated, misdated, late, datedOffMs, errors }: Seen,
  least: number,
): void {
  expect(errors).toEqual([]);
  expect(frames).toBeGreaterThan(least);
  expect(undated).toBeLessThan(frames / 10);
  // One that a slow host let the page look at when the next seek had begun; a player that dates wrongly does so for all.
  expect(misdated).toBeLessThanOrEqual(frames / 20);
  expect(late).toBeLessThan(frames / 4);
  expect(datedOffMs).toBeLessThan(1);
}

/** A player that stops does so for a group of pictures, a second here. How short a gap is, is bench's to measure. */
const GAP_MS = 300;

export function expectSmooth({ gapMs, heldUpMs, backwards }: Seen): void {
  expect(gapMs - heldUpMs).toBeLessThanOrEqual(GAP_MS);
  expect(backwards).toBe(0);
}
