/**
 * One paired relay as the background watches it: link, stored status, missed outages and notifications put together.
 * What it stores and shows has the pairing's key in its name, so that relays know nothing of each other.
 */
import { RelayLink, type RelayLinkDeps } from '../extension/relay-link.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus, StatusStore } from '../extension/status.ts';
import type { NoticePolicy } from './freeze-notifier.ts';
import { MissedEvents, type Outage, outagesOf } from './missed-outages.ts';
import { RELAY_ID } from './notice-texts.ts';
import { FreezeNotices, type NotificationsPort } from './notices.ts';
import { RelayWatch } from './relay-watch.ts';

export interface WatchedRelayDeps extends Omit<RelayLinkDeps, 'client' | 'onMessage'> {
  /** Of this relay. */
  readonly store: StatusStore;
  readonly notifications: NotificationsPort;
  /** For this relay's own ids of its cameras. */
  readonly policy: () => NoticePolicy;
  /** Notifications say whose cameras they are about. */
  readonly hasOthers: () => boolean;
  /** The status differs from the one before. */
  readonly onChange: () => void;
  /** The relay's regular sign of life. */
  readonly onTick: () => void;
  readonly report: (error: unknown) => void;
}

export class WatchedRelay {
  readonly #deps: WatchedRelayDeps;
  readonly #link: RelayLink;
  readonly #watch: RelayWatch;
  readonly #notices: FreezeNotices;
  readonly #missed = new MissedEvents();
  #paired: PairedRelay | undefined;
  #latest: RelayStatus | undefined;
  /** What the relay replays is read: only then it is known what "live" stands for, nothing or a recovery. */
  #caughtUp = false;

  constructor(deps: WatchedRelayDeps) {
    this.#deps = deps;
    const { store, notifications, policy, wallClock, timers, report } = deps;
    this.#notices = new FreezeNotices({
      notifications: {
        show: (text) => notifications.show(this.#named(text)),
        clear: (id) => notifications.clear(id),
      },
      load: async () => (await store.read()).notices,
      save: (notices) => store.write({ notices }),
      policy,
      wallClock,
      timers,
    });
    this.#link = new RelayLink({
      ...deps,
      client: 'background',
      onMessage: (message) => {
        const events = this.#missed.read(message);
        if (events !== undefined) {
          this.#caughtUp = true;
          this.#tell(outagesOf(events, this.#link.coarseOffsetMs));
        }
        if (message.type === 'tick') deps.onTick();
      },
    });
    this.#watch = new RelayWatch({
      link: this.#link,
      load: async () => (await store.read()).relay,
      publish: (relay) => {
        store.write({ relay }).catch(report);
        this.#latest = relay;
        if (relay?.phase !== 'open') this.#caughtUp = false;
        deps.onChange();
        this.#tell();
      },
    });
  }

  /** Undefined before it was started. */
  get status(): RelayStatus | undefined {
    return this.#latest;
  }

  start(relay: PairedRelay): Promise<void> {
    this.#paired = relay;
    return this.#watch.start(relay);
  }

  /** The pairing has another token, address or name. */
  follow(relay: PairedRelay): void {
    this.#paired = relay;
    this.#watch.follow(relay);
  }

  /** It is paired no more: its notifications go, and what is stored of it. */
  async forget(): Promise<void> {
    this.#watch.follow(undefined);
    this.#link.stop();
    await this.#notices.update({ relay: undefined, cameras: undefined, missed: [] });
    await this.#deps.store.clear();
  }

  retryNow(): void {
    this.#watch.retryNow();
  }

  /** Quiet hours may have ended, something may be due. */
  checkNotices(): Promise<void> {
    return this.#notices.check();
  }

  #named<T extends { readonly id: string; readonly title: string }>(text: T): T {
    const name = this.#latest?.name;
    // The relay's own says its name.
    if (name === undefined || text.id === RELAY_ID || !this.#deps.hasOthers()) return text;
    return { ...text, title: `${name}: ${text.title}` };
  }

  #tell(missed: readonly Outage[] = []): void {
    const latest = this.#latest;
    const address = this.#paired?.address;
    const open = latest?.phase === 'open';
    const relay =
      latest === undefined || address === undefined
        ? undefined
        : { address, name: latest.name, open, reason: latest.reason, refused: latest.refusal !== undefined };
    const cameras = open && this.#caughtUp ? latest?.cameras : undefined;
    this.#notices.update({ relay, cameras, missed }).catch(this.#deps.report);
  }
}
