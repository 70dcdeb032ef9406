/** The background's relays, one for each pairing, kept as the settings say. */
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import type { WatchedRelay } from './watched-relay.ts';

/** What of a relay is needed here. */
export type WatchedPort = Pick<
  WatchedRelay,
  'start' | 'follow' | 'forget' | 'retryNow' | 'checkNotices' | 'status'
>;

export class RelayWatches {
  readonly #watched = new Map<string, WatchedPort>();
  readonly #create: (key: string) => WatchedPort;

  /** @param create one that is not started yet */
  constructor(create: (key: string) => WatchedPort) {
    this.#create = create;
  }

  /** In the order of the pairings; undefined where nothing is known yet. */
  get statuses(): readonly (RelayStatus | undefined)[] {
    return [...this.#watched.values()].map(({ status }) => status);
  }

  /** Starts what is new, ends what is gone, tells the others what changed. Rejects with the first that failed. */
  async follow(relays: readonly PairedRelay[]): Promise<void> {
    const steps: Promise<void>[] = [];
    const kept = new Set(relays.map(({ key }) => key));
    for (const [key, watched] of this.#watched) {
      if (kept.has(key)) continue;
      this.#watched.delete(key);
      steps.push(watched.forget());
    }
    for (const relay of relays) {
      const known = this.#watched.get(relay.key);
      if (known !== undefined) known.follow(relay);
      else {
        const watched = this.#create(relay.key);
        this.#watched.set(relay.key, watched);
        steps.push(watched.start(relay));
      }
    }
    await Promise.all(steps);
  }

  /** What is stored of a pairing that was ended while no background ran. */
  async forget(key: string): Promise<void> {
    await this.#create(key).forget();
  }

  /** @param key undefined: all of them */
  retryNow(key?: string): void {
    for (const [own, watched] of this.#watched) if (key === undefined || key === own) watched.retryNow();
  }

  async checkNotices(): Promise<void> {
    await Promise.all([...this.#watched.values()].map((watched) => watched.checkNotices()));
  }
}
