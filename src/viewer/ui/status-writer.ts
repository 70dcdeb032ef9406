/** Passes the wall's status on at most once a second, but a change of mode at once: the popup waits for it. */

import type { WallStatus } from '../../extension/status.ts';
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { WallView } from '../wall/wall-engine.ts';

const PERIOD_MS = 1000;

export interface StatusWriterDeps {
  readonly write: (status: WallStatus) => void;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  #written: { text: string; mode: string; atMs: number } | undefined;
  #next: WallStatus | undefined;
  #wait: Cancel | undefined;

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps;
  }

  offer(view: WallView): void {
    this.#next = statusOf(view);
    const dueMs = this.#written === undefined ? 0 : this.#written.atMs + PERIOD_MS - this.#deps.clock.now();
    if (dueMs <= 0 || this.#written?.mode !== view.mode) this.#flush();
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
    this.#written = { text, mode: status.mode, atMs: this.#deps.clock.now() };
    this.#deps.write(status);
  }
}

function statusOf({ mode, effective, targetMs, why, skewMs, tiles }: WallView): WallStatus {
  return {
    mode,
    effective,
    targetMs,
    why,
    ...(skewMs === undefined ? {} : { skewMs: Math.round(skewMs) }),
    tiles: tiles.map(({ camera, phase }) => ({ camera, phase })),
  };
}
