/** What the policies (sync, health, quality) see of a player: no hls.js, no element, no socket. */

/** Where a programme time lies in the player's media timeline. */
export interface Located {
  readonly positionSec: number;
  /** The programme time falls between two epochs: no picture of it exists, the position is the seam. */
  readonly inGap: boolean;
}

export interface TilePort {
  /** False until a picture can be shown and its programme time is known, and while a seek is under way. */
  ready(): boolean;
  /** Playhead on the media timeline, in seconds. */
  positionSec(): number;
  /** Programme time (PDT, relay clock) of the picture at the playhead, in ms since the Unix epoch. */
  programMs(): number | undefined;
  /** Position for a programme time by the map of what was buffered; undefined before the first media. */
  locate(programMs: number): Located | undefined;
  /** Contiguous media ahead of the playhead, in ms. */
  bufferAheadMs(): number;
  /** Contiguous media behind the playhead, in ms. */
  bufferBehindMs(): number;
  rate(): number;
  /** 0 holds the picture without pausing. */
  setRate(rate: number): void;
  seek(positionSec: number): void;
  /** Frames decoded since the element was created, and those that were not shown. */
  frames(): FrameCount;
}

export interface FrameCount {
  readonly total: number;
  readonly dropped: number;
}
