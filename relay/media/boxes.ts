/** Walks through the boxes inside a box (ISO/IEC 14496-12 §4.2). What they mean is fragment-header.ts and track-header.ts. */
import { BoxError, typeAt } from './box-splitter.ts';

export interface BoxRange {
  /** Four characters. */
  readonly type: string;
  /** First byte behind size and type. */
  readonly at: number;
  readonly end: number;
}

export const BOX_HEADER_BYTES = 8;

/** @throws BoxError when their sizes do not fit */
export function boxesIn(view: DataView, from: number, to: number): BoxRange[] {
  const found: BoxRange[] = [];
  for (let at = from; at + BOX_HEADER_BYTES <= to; ) {
    const sizeBytes = view.getUint32(at);
    const end = at + sizeBytes;
    if (sizeBytes < BOX_HEADER_BYTES || end > to) throw new BoxError('header with impossible sizes');
    found.push({ type: typeAt(view, at + 4), at: at + BOX_HEADER_BYTES, end });
    at = end;
  }
  return found;
}
