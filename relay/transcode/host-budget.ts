/**
 * Shares the host's cores among the cameras, and says which camera has to do with less when they do not suffice.
 * Pure. A large camera must not starve small ones: small demands are met in full, the largest get what is left.
 */

/** The rest is for the relay, the system, and what the estimates miss. */
export const USABLE_SHARE = 0.8;

/**
 * @param demands cores that each camera would like
 * @returns cores that each may have: all it wants, or an equal part of what smaller ones leave
 */
export function shareCores(demands: ReadonlyMap<string, number>, cores: number): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  let left = cores * USABLE_SHARE;
  const rising = [...demands].sort(([, a], [, b]) => a - b);
  rising.forEach(([id, wanted], position) => {
    const share = Math.min(wanted, left / (rising.length - position));
    shares.set(id, share);
    left -= share;
  });
  return shares;
}

/** A camera, as the one that decides who steps down sees it. */
export interface Stepper {
  /** Cores that it takes by estimate. */
  readonly cores: () => number;
  /** Does with less from now on; false when it cannot. `onBehalf` names the camera that was too slow. */
  readonly stepDown: (onBehalf: string) => boolean;
}

/** After a step: the encoder starts anew, warms up, and its figures look back over seconds. */
const SETTLE_MS = 15_000;
/** With more of the host idle than this, the slow camera has a reason of its own. */
export const BUSY_BELOW_IDLE = 0.1;

export interface StepJudgeDeps {
  /** Share of the host's cores that was idle over the last seconds, 0 to 1. */
  readonly idle: () => number;
}

/**
 * Cameras that share a host are slow together: when all stepped down at once, all would be worse off than need be.
 * So one steps at a time, the costliest first, and the others wait for what that brings.
 */
export class StepJudge {
  readonly #deps: StepJudgeDeps;
  readonly #steppers = new Map<string, Stepper>();
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: StepJudgeDeps) {
    this.#deps = deps;
  }

  /** @returns its end */
  add(id: string, stepper: Stepper): () => void {
    this.#steppers.set(id, stepper);
    return () => this.#steppers.delete(id);
  }

  /**
   * A camera has been too slow for long.
   * @param nowMs monotonic
   * @returns `waiting` when somebody was stepped down, now or a moment ago; `nothing-left` when nobody can be
   */
  tooSlow(id: string, nowMs: number): 'waiting' | 'nothing-left' {
    if (nowMs < this.#quietUntilMs) return 'waiting';
    const busy = this.#deps.idle() < BUSY_BELOW_IDLE;
    const order = [...this.#steppers]
      .filter(([other]) => busy || other === id)
      .sort(([, a], [, b]) => b.cores() - a.cores());
    if (!order.some(([, stepper]) => stepper.stepDown(id))) return 'nothing-left';
    this.#quietUntilMs = nowMs + SETTLE_MS;
    return 'waiting';
  }
}
