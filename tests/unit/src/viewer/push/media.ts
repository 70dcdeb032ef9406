/** Headers of init and part frames as the relay sends them, with overrides. */
import type { InitHeader, PartHeader } from '../../../../../src/wire/media-frames.ts';

export const BASE_MS = 1_700_000_000_000;
export const PART_MS = 100;
export const PARTS_PER_SEGMENT = 10;

export function init(changes: Partial<InitHeader> = {}): InitHeader {
  return { kind: 'init', run: 'run1', id: 'i1', codecs: 'avc1.64001e', width: 640, height: 360, ...changes };
}

/** Part number `n` of a relay that began at {@link BASE_MS} with segment 0. */
export function part(n: number, changes: Partial<PartHeader> = {}): PartHeader {
  return {
    kind: 'part',
    msn: Math.floor(n / PARTS_PER_SEGMENT),
    part: n % PARTS_PER_SEGMENT,
    epoch: 0,
    init: 'i1',
    durationMs: PART_MS,
    independent: n % PARTS_PER_SEGMENT === 0,
    pdtMs: BASE_MS + n * PART_MS,
    ...changes,
  };
}

export const bytes = (n: number): Uint8Array => new Uint8Array([n, n, n, n]);
