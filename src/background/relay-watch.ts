/**
 * Keeps the background's link on the paired relay, and tells the rest of the extension what it says: the relay's
 * status goes to storage.session, badge and notifications are told through ports.
 */

import { linkTarget } from '../extension/relay-address.ts';
import type { RelayLink } from '../extension/relay-link.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { FEATURE_WHEP } from '../wire/protocol.ts';

export interface RelayWatchDeps {
  readonly link: Pick<
    RelayLink,
    'start' | 'stop' | 'retryNow' | 'onChange' | 'status' | 'state' | 'coarseOffsetMs'
  >;
  /** What the last background page stored, to resume from and to show until the relay answers. */
  readonly load: () => Promise<RelayStatus | undefined>;
  /** Called when the status differs from the one before; undefined when no relay is paired. */
  readonly publish: (status: RelayStatus | undefined) => void;
}

export class RelayWatch {
  readonly #deps: RelayWatchDeps;
  #paired: PairedRelay | undefined;
  #stored: RelayStatus | undefined;
  /** Undefined before the first time: a relay that was unpaired while no background ran is told, too. */
  #published: string | undefined;

  constructor(deps: RelayWatchDeps) {
    this.#deps = deps;
  }

  /** Starts watching `relay` (undefined: none is paired). */
  async start(relay: PairedRelay | undefined): Promise<void> {
    this.#stored = await this.#deps.load();
    this.#deps.link.onChange(() => this.#changed());
    this.#connect(relay);
  }

  /** The settings changed. */
  follow(relay: PairedRelay | undefined): void {
    if (relay?.token === this.#paired?.token && relay?.address === this.#paired?.address) {
      this.#paired = relay;
      this.#changed();
      return;
    }
    this.#stored = undefined;
    this.#connect(relay);
  }

  retryNow(): void {
    this.#deps.link.retryNow();
  }

  #connect(relay: PairedRelay | undefined): void {
    this.#paired = relay;
    const target = relay === undefined ? undefined : linkTarget(relay, this.#stored?.position);
    if (target === undefined) this.#deps.link.stop();
    else this.#deps.link.start(target);
    this.#changed();
  }

  #changed(): void {
    const status = this.#status();
    const text = JSON.stringify(status) ?? '';
    if (text === this.#published) return;
    this.#published = text;
    this.#deps.publish(status);
  }

  #status(): RelayStatus | undefined {
    if (this.#paired === undefined) return undefined;
    const { status, state } = this.#deps.link;
    const cameras =
      state.mediamtx === undefined
        ? (this.#stored?.cameras ?? [])
        : state.cameras.map(({ id, name, state: name_, sinceMs, reason }) => ({
            id,
            name,
            state: name_,
            sinceMs: Math.round(sinceMs - this.#deps.link.coarseOffsetMs),
            reason,
          }));
    return {
      phase: status.phase,
      reason: status.reason,
      ...(status.refusal === undefined ? {} : { refusal: status.refusal }),
      ...(status.retryAtMs === undefined ? {} : { retryAtMs: status.retryAtMs }),
      name: this.#paired.ownName ?? state.relay?.name ?? this.#paired.relayName,
      ...(state.relay === undefined ? {} : { realtime: state.features.includes(FEATURE_WHEP) }),
      cameras,
      ...(state.position === undefined ? {} : { position: state.position }),
    };
  }
}
