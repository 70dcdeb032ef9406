/** What is to be made of a picture: size, rate and bits of one rung. */
import type { Size } from '../source/sizes.ts';

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
