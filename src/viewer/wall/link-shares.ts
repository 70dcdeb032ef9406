/**
 * One link budget per relay. What a wall of one relay shares is the way to that relay. With several, each has a way of its
 * own: one budget for all would take the pictures of a near relay away for a far one that is slow, or not see that at all,
 * as it asks for half of the media to be late. Where the viewer's own link is what is too thin, the media of every relay
 * are late there and each budget goes down by what it sees itself. Only the user's limit is counted over all of them.
 */
import { relayOf } from '../../wire/camera-key.ts';
import { KBPS_OF_GB_PER_HOUR, type LinkLoad, LinkShare, type SharingTile } from './link-share.ts';
import type { TileSigns } from './wall-need.ts';

export class LinkShares {
  readonly #shares = new Map<string, LinkShare>();
  #mostPile = false;
  /** What the user wants the tiles to receive together at most, in GB (10⁹ bytes) an hour. */
  limitGbPerHour: number | undefined;

  /**
   * See {@link LinkShare.step}; `rttMs` is asked for each relay.
   * @returns the relays of which what was late until now is forgotten
   */
  step(
    tiles: ReadonlyMap<string, SharingTile>,
    signs: readonly TileSigns[],
    now: {
      readonly nowMs: number;
      readonly rttMs: (relay: string) => number | undefined;
      readonly network: string | undefined;
      readonly full: boolean;
    },
  ): ReadonlySet<string> {
    const forgotten = new Set<string>();
    const relays = new Set([...tiles.keys()].map(relayOf));
    for (const key of this.#shares.keys()) if (!relays.has(key)) this.#shares.delete(key);
    for (const key of relays) if (!this.#shares.has(key)) this.#shares.set(key, new LinkShare());
    let pilingTiles = 0;
    for (const [key, share] of this.#shares) {
      const own = new Map([...tiles].filter(([camera]) => relayOf(camera) === key));
      share.limitGbPerHour = this.#limitOf(key, own.size / tiles.size, now.nowMs);
      const drained = share.step(
        own,
        signs.filter(({ camera }) => own.has(camera)),
        { ...now, rttMs: now.rttMs(key) },
      );
      if (drained) forgotten.add(key);
      if (share.piling !== undefined) pilingTiles += own.size;
    }
    this.#mostPile = 2 * pilingTiles >= tiles.size;
    return forgotten;
  }

  /** Nobody sees the tiles: the smallest rungs, until the next {@link step}. */
  smallest(tiles: ReadonlyMap<string, SharingTile>): void {
    for (const { rungs } of tiles.values()) rungs.setMost(rungs.steps()[0]?.id);
  }

  /**
   * The least that any relay's link carries of its media; see {@link LinkShare.piling}. Undefined while that is so for less
   * than half of the tiles: the wall's latency is what most of them need.
   */
  get piling(): number | undefined {
    if (!this.#mostPile) return undefined;
    const piling = [...this.#shares.values()].flatMap((share) => share.piling ?? []);
    return piling.length === 0 ? undefined : Math.min(...piling);
  }

  load(nowMs: number): LinkLoad {
    const loads = [...this.#shares.values()].map((share) => share.load(nowMs));
    const carries = loads.flatMap(({ carriesKbps }) => carriesKbps ?? []);
    return {
      rateKbps: sum(loads.map(({ rateKbps }) => rateKbps)),
      // Of the others nobody knows what they would carry.
      carriesKbps: carries.length === loads.length && carries.length > 0 ? sum(carries) : undefined,
      smaller: sum(loads.map(({ smaller }) => smaller)),
      byHost: loads.some(({ byHost }) => byHost),
      tooThin: loads.some(({ tooThin }) => tooThin),
      limited: loads.every(({ smaller, limited }) => limited || smaller === 0) && loads.some(isLimited),
    };
  }

  settle(nowMs: number): void {
    for (const share of this.#shares.values()) share.settle(nowMs);
  }

  forget(): void {
    for (const share of this.#shares.values()) share.forget();
  }

  /** What the others leave of the user's limit, but no less than the part of it that the relay's tiles are of all. */
  #limitOf(key: string, part: number, nowMs: number): number | undefined {
    const limit = this.limitGbPerHour;
    if (limit === undefined) return undefined;
    const others = [...this.#shares].filter(([other]) => other !== key);
    const usedKbps = sum(others.map(([, share]) => share.load(nowMs).rateKbps));
    return Math.max(limit * part, limit - usedKbps / KBPS_OF_GB_PER_HOUR);
  }
}

const isLimited = ({ limited }: LinkLoad): boolean => limited;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
