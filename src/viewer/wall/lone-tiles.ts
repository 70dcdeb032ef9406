/** The tiles that the wall goes on without, each with a latency of its own, until they can hold the wall's again. Pure. */
import { needMs, outlies, spareTiles, type TileSigns } from './wall-need.ts';

/** In time for so long, and the tile comes back. */
const CALM_MS = 30_000;
/** Its own latency goes down when it needs so much less for so long: what it left for may be over long before it returns. */
const LESS = 0.85;
const LESS_MS = 5_000;
const LONGEST_MS = 10_000;

export interface WallTarget {
  readonly targetMs: number;
  /** What most tiles need, whether the mode allows it or not. */
  readonly askedMs: number;
}

interface Lone {
  targetMs: number;
  calmSinceMs: number | undefined;
  lessSinceMs: number | undefined;
}

export class LoneTiles {
  readonly #lone = new Map<string, Lone>();
  #targetsMs: ReadonlyMap<string, number> = new Map();

  /** By camera; the same map until something changes. */
  get targetsMs(): ReadonlyMap<string, number> {
    return this.#targetsMs;
  }

  leave(camera: string, targetMs: number): void {
    const lone = this.#lone.get(camera) ?? { targetMs: 0, calmSinceMs: undefined, lessSinceMs: undefined };
    lone.targetMs = Math.min(LONGEST_MS, Math.max(lone.targetMs, Math.ceil(targetMs)));
    lone.calmSinceMs = undefined;
    lone.lessSinceMs = undefined;
    this.#lone.set(camera, lone);
    this.#changed();
  }

  step(nowMs: number, { targetMs, askedMs }: WallTarget, tiles: readonly TileSigns[]): void {
    const cameras = new Set(tiles.map(({ camera }) => camera));
    for (const camera of this.#lone.keys()) if (!cameras.has(camera)) this.#lone.delete(camera);
    const telling = tiles.filter(({ tells }) => tells);
    const worst = [...tiles].sort((a, b) => needOf(b) - needOf(a));
    for (const tile of worst) {
      const ownMs = needOf(tile);
      const lone = this.#lone.get(tile.camera);
      const spared = telling.filter(({ camera }) => this.#lone.has(camera)).length;
      const may = lone !== undefined || !tile.tells || spared < spareTiles(telling.length);
      if (may && outlies(ownMs, Math.max(targetMs, askedMs))) {
        if (ownMs > (lone?.targetMs ?? 0)) this.leave(tile.camera, ownMs);
        else if (lone !== undefined) lone.calmSinceMs = undefined;
      } else if (lone !== undefined)
        this.#calm(tile.camera, lone, ownMs <= targetMs && tile.lateStalls === 0, nowMs);
      if (lone !== undefined) this.#lower(lone, tile, Math.max(targetMs, ownMs), nowMs);
    }
    if (this.#lone.size !== this.#targetsMs.size) this.#changed();
  }

  #calm(camera: string, lone: Lone, inTime: boolean, nowMs: number): void {
    if (!inTime) lone.calmSinceMs = undefined;
    else lone.calmSinceMs ??= nowMs;
    if (lone.calmSinceMs !== undefined && nowMs - lone.calmSinceMs >= CALM_MS) this.#lone.delete(camera);
  }

  #lower(lone: Lone, { arrival, lateStalls }: TileSigns, enoughMs: number, nowMs: number): void {
    if (arrival === undefined || lateStalls > 0 || enoughMs > lone.targetMs * LESS)
      lone.lessSinceMs = undefined;
    else lone.lessSinceMs ??= nowMs;
    if (lone.lessSinceMs === undefined || nowMs - lone.lessSinceMs < LESS_MS) return;
    lone.targetMs = Math.ceil(enoughMs);
    lone.lessSinceMs = undefined;
    this.#changed();
  }

  #changed(): void {
    this.#targetsMs = new Map([...this.#lone].map(([camera, { targetMs }]) => [camera, targetMs]));
  }
}

/** 0 while nothing is known. */
const needOf = ({ arrival }: TileSigns): number => (arrival === undefined ? 0 : needMs(arrival));
