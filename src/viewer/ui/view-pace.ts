/**
 * Decides which of the engine's views the components see: every change of phase or mode, and otherwise two a
 * second. Nobody reads faster, and each repaint over a playing video costs.
 */
import type { Clock } from '../../wire/ports.ts';
import type { WallView } from '../wall/wall-view.ts';

/** A little less than half a second: the engine's views come at their own quarter-second beat. */
const PERIOD_MS = 450;

export class ViewPace {
  readonly #clock: Clock;
  #words = '';
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  takes(view: WallView): boolean {
    const words = [
      view.mode,
      view.effective,
      ...view.tiles.map(({ camera, phase }) => camera + phase),
    ].join();
    const nowMs = this.#clock.now();
    if (words === this.#words && nowMs - this.#takenMs < PERIOD_MS) return false;
    this.#words = words;
    this.#takenMs = nowMs;
    return true;
  }
}
