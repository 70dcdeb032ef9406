/** What the wall says of itself and of its tiles a few times a second. */
import type { MediaFigures } from '../../wire/media-meter.ts';
import type { EffectiveMode, Mode } from '../../wire/modes.ts';
import type { TilePhase } from '../tile/tile-health.ts';
import type { Asks } from './hidden-wall.ts';
import type { Decision } from './latency-policy.ts';
import type { LinkQuality } from './link-quality.ts';

export interface TileView {
  readonly camera: string;
  readonly phase: TilePhase;
  /** Since when the tile has this phase, by the monotonic clock. */
  readonly sinceMs: number;
  /** Why, in words for the user; empty while it plays. */
  readonly reason: string;
  /** Age of the picture by its PDT, the relay's clock, and the camera's capture delay. */
  readonly latencyMs: number | undefined;
  /** Picture against the wall's target; above 0 is late. */
  readonly offsetMs: number | undefined;
  readonly bufferMs: number;
  readonly rate: number;
  readonly stalls: number;
  readonly skippedParts: number;
  readonly frames: { readonly total: number; readonly dropped: number };
  readonly width: number;
  readonly height: number;
  /** The rung that plays; undefined while the relay chooses. */
  readonly rung: string | undefined;
  /** What came of it over the last seconds; absent before there is enough to tell. */
  readonly received?: MediaFigures;
  /** Which stream that is, who makes it and why it was chosen, in words; absent where the relay does not tell. */
  readonly stream?: string;
  /** Time between two pictures, only where it is so long that one sees it. */
  readonly pictureMs?: number;
  /** The relay's host cannot decode every picture of the camera. */
  readonly keyframesOnly?: true;
  /** False while the tile cannot hold the wall's target and plays on its own. */
  readonly inGroup: boolean;
  /** It is played by WebRTC, outside of the group. */
  readonly realtime?: true;
  /** Why it is not, although that is wanted: half a sentence. */
  readonly notRealtime?: string;
}

export interface WallView {
  readonly mode: Mode;
  readonly effective: EffectiveMode;
  readonly targetMs: number;
  /** Why this mode and target, in words. */
  readonly why: string;
  /** The last times that mode or target changed, by the wall clock, newest last; the same array until there is another. */
  readonly decisions: readonly Decision[];
  /** Undefined before anything was measured. */
  readonly link: LinkQuality | undefined;
  /** Less than all when nobody has seen it for long. */
  readonly asks: Asks;
  /** Largest difference between the tiles of the group that play, by their media clocks; undefined with fewer than two. */
  readonly skewMs: number | undefined;
  readonly tiles: readonly TileView[];
}
