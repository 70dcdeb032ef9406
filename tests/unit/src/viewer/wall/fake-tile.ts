/** A tile on fake time: plays at its rate inside what is buffered. */

import type { FrameCount, Located, TilePort } from '../../../../../src/viewer/player/tile-port.ts';
import type { SyncTile } from '../../../../../src/viewer/wall/sync-controller.ts';
import type { Clock } from '../../../../../src/wire/ports.ts';

export class FakeTile implements TilePort, SyncTile {
  readonly clock: Clock;
  isReady = true;
  /** Programme time minus position, in ms. */
  mapMs: number | undefined;
  startSec = 0;
  endSec = 1000;
  gap = false;
  camera = 0;
  behind = 0;
  edge: number | undefined = Number.POSITIVE_INFINITY;
  estimated: number | undefined;
  /** Programme times of keyframes; 'any': it catches up from any picture. */
  keyframesMs: readonly number[] | 'any' = 'any';
  readonly seeks: number[] = [];
  readonly rates: number[] = [];
  #positionSec = 0;
  #rate = 1;
  #atMs: number;

  constructor(clock: Clock, programMs: number, positionSec = 20) {
    this.clock = clock;
    this.#atMs = clock.now();
    this.#positionSec = positionSec;
    this.mapMs = programMs - positionSec * 1000;
  }

  get port(): TilePort {
    return this;
  }

  offsetMs(): number {
    return this.camera;
  }

  behindMs(): number {
    return this.behind;
  }

  edgeMs(): number | undefined {
    return this.edge;
  }

  estimate(): number | undefined {
    return this.estimated;
  }

  entryMs(programMs: number): number | 'any' | undefined {
    const { keyframesMs } = this;
    return keyframesMs === 'any' ? 'any' : keyframesMs.findLast((atMs) => atMs <= programMs);
  }

  ready(): boolean {
    return this.isReady;
  }

  positionSec(): number {
    const nowMs = this.clock.now();
    this.#positionSec = Math.min(this.endSec, this.#positionSec + ((nowMs - this.#atMs) / 1000) * this.#rate);
    this.#atMs = nowMs;
    return this.#positionSec;
  }

  programMs(): number | undefined {
    return this.mapMs === undefined ? undefined : this.mapMs + this.positionSec() * 1000;
  }

  locate(programMs: number): Located | undefined {
    if (this.mapMs === undefined) return undefined;
    return { positionSec: (programMs - this.mapMs) / 1000, inGap: this.gap };
  }

  bufferAheadMs(): number {
    return (this.endSec - this.positionSec()) * 1000;
  }

  bufferBehindMs(): number {
    return (this.positionSec() - this.startSec) * 1000;
  }

  rate(): number {
    return this.#rate;
  }

  setRate(rate: number): void {
    this.positionSec();
    this.rates.push(rate);
    this.#rate = rate;
  }

  seek(positionSec: number): void {
    this.positionSec();
    this.seeks.push(positionSec);
    this.#positionSec = positionSec;
  }

  frames(): FrameCount {
    return { total: 0, dropped: 0 };
  }
}
