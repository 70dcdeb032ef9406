/**
 * Carries out freeze-notifier.ts: runs its steps one after the other, shows and clears what they say, keeps what
 * was told in storage.session, and wakes when a held notification is due. A repeated id replaces the notification
 * on the desktop, so a page killed between showing and storing repeats nothing visible.
 */

import type { CameraStatus, Notices } from '../extension/status.ts';
import type { Cancel, Clock, Timers } from '../wire/ports.ts';
import { type NoticePolicy, type NotificationText, stepNotices } from './freeze-notifier.ts';

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
  #cameras: readonly CameraStatus[] | undefined;
  #queue: Promise<void> = Promise.resolve();
  #notices: Notices | undefined;
  #wake: Cancel | undefined;

  constructor(deps: FreezeNoticesDeps) {
    this.#deps = deps;
  }

  /** All cameras as the connected relay now states them. */
  update(cameras: readonly CameraStatus[]): Promise<void> {
    this.#cameras = cameras;
    return this.check();
  }

  /** Looks again: quiet hours may have ended, a held notification may be due. Does nothing before the first update. */
  check(): Promise<void> {
    const step = this.#queue.then(() => this.#step());
    // A failed step is the caller's to report; the next one runs all the same.
    this.#queue = step.catch(() => undefined);
    return step;
  }

  stop(): void {
    this.#wake?.();
    this.#wake = undefined;
    this.#cameras = undefined;
  }

  async #step(): Promise<void> {
    if (this.#cameras === undefined) return;
    const { notifications, load, save, policy, wallClock, timers } = this.#deps;
    const before = this.#notices ?? (await load());
    const nowMs = wallClock.now();
    const { notices, show, clear } = stepNotices(before, this.#cameras, policy(), nowMs);
    this.#notices = notices;
    this.#wake?.();
    this.#wake =
      notices.dueMs === undefined
        ? undefined
        : timers.after(notices.dueMs - nowMs, () => {
            void this.check();
          });
    await Promise.all([
      ...show.map((text) => notifications.show(text)),
      ...clear.map((id) => notifications.clear(id)),
    ]);
    if (JSON.stringify(notices) !== JSON.stringify(before)) await save(notices);
  }
}
