/** Tiles behind a link, on fake time: parts arrive as late as a function says, and the policy looks four times a second. */
import { ArrivalDelay } from '../../../../../src/viewer/push/arrival-delay.ts';
import { LatencyPolicy } from '../../../../../src/viewer/wall/latency-policy.ts';

export const PART_MS = 67;
const TICK_MS = 250;

/** How late the part is that ends at this time; undefined: it never comes. */
export type Late = (endMs: number) => number | undefined;

export class SimulatedLink {
  readonly policy = new LatencyPolicy();
  nowMs = 0;
  rttMs: number | undefined = 2;
  network: string | undefined;
  /** What the link's budget says of it. */
  piling: number | undefined;
  stalls = 0;
  full = false;
  /** How much later than the wall all tiles show. */
  behindMs = 0;
  /** Targets as they became, each once. */
  readonly targets: number[] = [];
  readonly modes: string[] = [];
  readonly #tiles: { readonly camera: string; readonly arrival: ArrivalDelay; readonly tells: boolean }[];
  readonly #coming: { readonly atMs: number; readonly endMs: number; readonly tile: number }[] = [];
  #edgeMs = 0;

  constructor(cameras: readonly string[] = ['a', 'b', 'c'], made: readonly string[] = []) {
    this.#tiles = cameras.map((camera) => ({
      camera,
      arrival: new ArrivalDelay(),
      tells: !made.includes(camera),
    }));
    this.#note();
  }

  /** @param late of all tiles, or of each camera */
  run(
    seconds: number,
    late: Late | Readonly<Record<string, Late>>,
    stalls: Readonly<Record<string, number>> = {},
  ) {
    const endMs = this.nowMs + seconds * 1000;
    let stallsLeft: Readonly<Record<string, number>> = stalls;
    while (this.nowMs < endMs) {
      for (; this.#edgeMs < this.nowMs; this.#edgeMs += PART_MS) this.#send(late);
      this.#arrive();
      this.policy.step({
        nowMs: this.nowMs,
        rttMs: this.rttMs,
        network: this.network,
        piling: this.piling,
        full: this.full,
        behindMs: this.behindMs,
        tiles: this.#tiles.map(({ camera, arrival, tells }) => ({
          camera,
          tells,
          lateStalls: stallsLeft[camera] ?? 0,
          arrival: arrival.signs(this.nowMs),
          waitMs: arrival.waitMs(this.nowMs),
        })),
      });
      stallsLeft = {};
      this.#note();
      this.nowMs += TICK_MS;
    }
    return this.policy;
  }

  /** The computer was full since then, and is no longer: what was late meanwhile is forgotten. */
  room(sinceMs: number): void {
    this.full = false;
    for (const { arrival } of this.#tiles) arrival.forgive(sinceMs, this.nowMs - 5_000);
  }

  forget(): void {
    this.policy.forget();
    for (const { arrival } of this.#tiles) arrival.reset();
  }

  #send(late: Late | Readonly<Record<string, Late>>): void {
    for (const [tile, { camera }] of this.#tiles.entries()) {
      const lateMs = (typeof late === 'function' ? late : late[camera])?.(this.#edgeMs);
      if (lateMs === undefined) continue;
      this.#coming.push({ atMs: this.#edgeMs + lateMs, endMs: this.#edgeMs, tile });
    }
  }

  /** In order, as a socket brings them: what was held up holds up what follows. */
  #arrive(): void {
    const lastMs = this.#tiles.map(() => 0);
    const due = this.#coming.filter(({ atMs }) => atMs <= this.nowMs);
    for (const part of due) {
      const atMs = Math.max(part.atMs, lastMs[part.tile] ?? 0);
      lastMs[part.tile] = atMs;
      this.#tiles[part.tile]?.arrival.add(atMs, atMs - part.endMs, PART_MS);
    }
    this.#coming.splice(0, this.#coming.length, ...this.#coming.filter(({ atMs }) => atMs > this.nowMs));
  }

  #note(): void {
    const { targetMs, mode } = this.policy;
    if (this.targets.at(-1) !== targetMs) this.targets.push(targetMs);
    if (this.modes.at(-1) !== mode) this.modes.push(mode);
  }
}

/** The same series in each run: between 0 and 1, by the part. */
export function noise(endMs: number): number {
  const x = Math.sin(endMs * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

/** Media of more than the link carries: they pile up until they are `skipMs` late, and then the relay leaves as much out. */
export function thinLink(share: number, skipMs: number): Late {
  const growth = 1 / share - 1;
  return (endMs) => {
    const at = endMs % (skipMs / growth + skipMs);
    return at > skipMs / growth ? undefined : 50 + at * growth;
  };
}

/** Nothing for `forMs` at the end of each `everyMs`, then all that was held up. */
export function bursty(everyMs: number, forMs: number): Late {
  return (endMs) => {
    const at = endMs % everyMs;
    return at < everyMs - forMs ? 40 : everyMs - at + 40;
  };
}
