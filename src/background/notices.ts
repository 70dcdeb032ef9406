/**
 * Carries out freeze-notifier.ts: runs its steps one after the other, shows and clears what they say, keeps what
 * was told in storage.session, and wakes when the next step is due. A repeated id replaces the notification on the
 * desktop, so a page killed between showing and storing repeats nothing visible.
 */

import type { Notices } from '../extension/status.ts';
import type { Cancel, Clock, Timers } from '../wire/ports.ts';
import { type NoticeInput, type NoticePolicy, stepNotices } from './freeze-notifier.ts';
import type { NotificationText } from './notice-texts.ts';

export interface NotificationsPort {
  show(text: NotificationText): Promise<void>;
  clear(id: string): Promise<void>;
}

export interface FreezeNoticesDeps {
  readonly notifications: NotificationsPort;
  readonly load: () => Promise<Notices>;
  readonly save: (notices: Notices) => Promise<void>;
  readonly policy: () => NoticePolicy;
  /** Ms since the Unix epoch. */
  readonly wallClock: Clock;
  readonly timers: Timers;
}

export class FreezeNotices {
  readonly #deps: FreezeNoticesDeps;
  #input: NoticeInput | undefined;
  #queue: Promise<void> = Promise.resolve();
  #notices: Notices | undefined;
  #wake: Cancel | undefined;

  constructor(deps: FreezeNoticesDeps) {
    this.#deps = deps;
  }

  /** The relay and its cameras as they are now, and what was missed. */
  update(input: NoticeInput): Promise<void> {
    this.#input = { ...input, missed: [] };
    return this.#enqueue(() => this.#step(input));
  }

  /** Looks again: quiet hours may have ended, something may be due. Does nothing before the first update. */
  check(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#input !== undefined) await this.#step(this.#input);
    });
  }

  #enqueue(run: () => Promise<void>): Promise<void> {
    const step = this.#queue.then(run);
    // A failed step is the caller's to report; the next one runs all the same.
    this.#queue = step.catch(() => undefined);
    return step;
  }

  async #step(input: NoticeInput): Promise<void> {
    const { notifications, load, save, policy, wallClock, timers } = this.#deps;
    const before = this.#notices ?? (await load());
    const nowMs = wallClock.now();
    const { notices, show, clear, wakeAtMs } = stepNotices(before, input, policy(), nowMs);
    this.#notices = notices;
    this.#wake?.();
    this.#wake =
      wakeAtMs === undefined
        ? undefined
        : timers.after(wakeAtMs - nowMs, () => {
            void this.check();
          });
    await Promise.all([
      ...show.map((text) => notifications.show(text)),
      ...clear.map((id) => notifications.clear(id)),
    ]);
    if (JSON.stringify(notices) !== JSON.stringify(before)) await save(notices);
  }
}
