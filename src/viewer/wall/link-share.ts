/** Shares out what the link to one relay carries among its tiles: reads off them what the budget is judged by, and bounds their rungs. */
import type { CameraTile } from '../tile/camera-tile.ts';
import type { BudgetTile } from './link-allot.ts';
import { LinkBudget } from './link-budget.ts';
import type { TileSigns } from './wall-need.ts';

/** What of a tile is read, and bounded. */
export type SharingTile = Pick<CameraTile, 'arrival' | 'mirror'> & {
  readonly rungs: Pick<
    CameraTile['rungs'],
    'steps' | 'currentKbps' | 'shownHeightPx' | 'receivedBytes' | 'setMost'
  >;
};

export interface LinkLoad {
  /** What all tiles receive. */
  readonly rateKbps: number;
  /** What the link was seen to carry, while tiles are bounded for it. */
  readonly carriesKbps: number | undefined;
  /** How many tiles have a smaller rung than they would like. */
  readonly smaller: number;
  /** Even the smallest rungs are more than it carries. */
  readonly tooThin: boolean;
  /** They have it for what the user wants, and not for the link. */
  readonly limited: boolean;
  /** They have it since this computer is full. */
  readonly byHost: boolean;
}

/** The first pong says so: rather small pictures for some seconds than large ones that stand. */
const FAR_RTT_MS = 100;
export const KBPS_OF_GB_PER_HOUR = 8e6 / 3600;
const SLOW_NETWORKS: ReadonlySet<string> = new Set(['slow-2g', '2g', '3g']);

export class LinkShare {
  readonly #budget = new LinkBudget();
  /** What the user wants the tiles to receive at most, in GB (10⁹ bytes) an hour. */
  limitGbPerHour: number | undefined;

  /**
   * @param signs of the same tiles
   * @returns whether what was late until now is forgotten, so that these signs tell nothing more of it
   */
  step(
    tiles: ReadonlyMap<string, SharingTile>,
    signs: readonly TileSigns[],
    now: {
      /** Monotonic. */
      readonly nowMs: number;
      readonly rttMs: number | undefined;
      readonly network: string | undefined;
      readonly full: boolean;
    },
  ): boolean {
    const { nowMs, rttMs, network = '', full } = now;
    const slow = SLOW_NETWORKS.has(network) ? true : undefined;
    const far = rttMs === undefined ? slow : rttMs > FAR_RTT_MS;
    const telling = new Set(signs.flatMap(({ camera, tells }) => (tells ? [camera] : [])));
    const read = [...tiles].map(
      ([camera, { arrival, mirror, rungs }]): BudgetTile => ({
        camera,
        lagMs: arrival.lagMs(nowMs),
        tells: telling.has(camera),
        receivedBytes: rungs.receivedBytes,
        skippedParts: mirror.skippedParts,
        shownHeightPx: rungs.shownHeightPx,
        // A sleeping rung would have to be encoded, most likely on this computer.
        steps: full ? rungs.steps().filter(({ wakes }) => wakes !== true) : rungs.steps(),
        currentKbps: rungs.currentKbps,
      }),
    );
    const { piling } = this.#budget;
    const limitKbps =
      this.limitGbPerHour === undefined ? undefined : this.limitGbPerHour * KBPS_OF_GB_PER_HOUR;
    this.#budget.step({ nowMs, tiles: read, far, limitKbps, full });
    const { most } = this.#budget;
    // What was late for the pile says nothing any more: delay would not have helped against it.
    const drained = piling !== undefined && piling < 1 && this.#budget.piling === undefined;
    if (drained) for (const { arrival } of tiles.values()) arrival.reset();
    for (const [camera, { rungs }] of tiles) rungs.setMost(most.get(camera));
    return drained;
  }

  /** See {@link LinkBudget.piling}. */
  get piling(): number | undefined {
    return this.#budget.piling;
  }

  load(nowMs: number): LinkLoad {
    const { carriesKbps, tooThin, smaller, limited, byHost } = this.#budget;
    return { rateKbps: this.#budget.rateKbps(nowMs), carriesKbps, smaller, tooThin, limited, byHost };
  }

  /** See {@link LinkBudget.settle}. */
  settle(nowMs: number): void {
    this.#budget.settle(nowMs);
  }

  /** The network is another one. */
  forget(): void {
    this.#budget.forget();
  }
}
