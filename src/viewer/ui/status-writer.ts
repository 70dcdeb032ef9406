/** Passes the wall's status on at most once a second, but what the popup waits for at once: a change of mode, or of the wall in front. */
import type { WallStatus } from '../../extension/wall-status.ts';
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { WallView } from '../wall/wall-view.ts';

const PERIOD_MS = 1000;

export interface StatusWriterDeps {
  readonly write: (status: WallStatus) => void;
  /** When the wall last came to the front, ms since the Unix epoch. */
  readonly shownMs: () => number;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  #written: { text: string; mode: string; shownMs: number; atMs: number } | undefined;
  #next: WallStatus | undefined;
  #wait: Cancel | undefined;

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps;
  }

  offer(view: WallView): void {
    const shownMs = this.#deps.shownMs();
    this.#next = statusOf(view, shownMs);
    const dueMs = this.#written === undefined ? 0 : this.#written.atMs + PERIOD_MS - this.#deps.clock.now();
    const awaited = this.#written?.mode !== view.mode || this.#written.shownMs !== shownMs;
    if (dueMs <= 0 || awaited) this.#flush();
    else this.#wait ??= this.#deps.timers.after(dueMs, () => this.#flush());
  }

  stop(): void {
    this.#wait?.();
    this.#wait = undefined;
  }

  #flush(): void {
    this.stop();
    const status = this.#next;
    if (status === undefined) return;
    const text = JSON.stringify(status);
    if (text === this.#written?.text) return;
    const { mode, shownMs } = status;
    this.#written = { text, mode, shownMs, atMs: this.#deps.clock.now() };
    this.#deps.write(status);
  }
}

function statusOf(view: WallView, shownMs: number): WallStatus {
  const { mode, effective, targetMs, why, decisions, link, skewMs, tiles } = view;
  return {
    mode,
    effective,
    targetMs,
    why,
    decisions: [...decisions],
    ...(link === undefined ? {} : { link: { ...link, causes: [...link.causes] } }),
    ...(skewMs === undefined ? {} : { skewMs: Math.round(skewMs) }),
    tiles: tiles.map(({ camera, phase, inGroup }) => ({ camera, phase, inGroup })),
    shownMs,
  };
}
