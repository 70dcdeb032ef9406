/**
 * Which rung a tile should play: no more picture than the tile shows. Pure. Link and decoder are not looked at
 * here; a camera with one rung always gets that one.
 */

export interface RungSize {
  readonly id: string;
  readonly height: number;
}

/** A rung this much smaller than the tile still looks sharp enough; video is soft by nature. */
const ENOUGH = 0.85;
/** The present rung stays until another one fits clearly better, so that a tile at the limit does not flap. */
const KEEP = 1.15;
/** Between two changes of rung: a window that is being resized passes many sizes. */
const HOLD_MS = 3_000;

/**
 * The smallest rung that fills `shownHeightPx` device pixels, or the best one when none does.
 * @param rungs best first
 * @param current the rung that plays; kept while it fits and the smaller one would only just do
 */
export function chooseRung(
  rungs: readonly RungSize[],
  shownHeightPx: number,
  current?: string,
): string | undefined {
  if (shownHeightPx <= 0) return current ?? rungs[0]?.id;
  const rising = rungs.toSorted((a, b) => a.height - b.height);
  const enough = rising.find(({ height }) => height >= shownHeightPx * ENOUGH);
  const wanted = enough ?? rising.at(-1);
  const playing = rungs.find(({ id }) => id === current);
  if (wanted === undefined || playing === undefined) return wanted?.id;
  const smaller = wanted.height < playing.height;
  return smaller && wanted.height < shownHeightPx * ENOUGH * KEEP ? playing.id : wanted.id;
}

/** The rungs of a camera, less those that the relay turned down since it last told of the camera. */
export class RungOffer {
  #listed: readonly RungSize[];
  /** Undefined stands for the relay's own choice. */
  readonly #turnedDown = new Set<string | undefined>();

  /** @param listed best first; empty until the relay knows them */
  constructor(listed: readonly RungSize[]) {
    this.#listed = listed;
  }

  /** What can be asked for, best first. */
  get rungs(): readonly RungSize[] {
    return this.#listed.filter(({ id }) => !this.#turnedDown.has(id));
  }

  /** The relay told anew of the camera: what it turned down may be there again. */
  renew(listed: readonly RungSize[]): void {
    this.#listed = listed;
    this.#turnedDown.clear();
  }

  turnDown(rung: string | undefined): void {
    this.#turnedDown.add(rung);
  }

  /** What to ask for in place of a rung that is gone; undefined when there is nothing before the relay tells anew. */
  another(shownHeightPx: number): { readonly rung: string | undefined } | undefined {
    const { rungs } = this;
    if (rungs.length > 0) return { rung: chooseRung(rungs, shownHeightPx) };
    // A camera without rungs yet keeps a socket open that asks for none, and sends when it has some.
    return this.#listed.length === 0 && !this.#turnedDown.has(undefined) ? { rung: undefined } : undefined;
  }
}

export interface RungSigns {
  /** Monotonic. */
  readonly nowMs: number;
  /** Best first. */
  readonly rungs: readonly RungSize[];
  readonly shownHeightPx: number;
  /** The rung that plays, or is on its way. */
  readonly current: string | undefined;
}

/** When a tile that plays changes its rung. */
export class RungPace {
  #changedMs = Number.NEGATIVE_INFINITY;

  /** The rung to go over to now; undefined to stay. */
  next({ nowMs, rungs, shownHeightPx, current }: RungSigns): string | undefined {
    if (nowMs - this.#changedMs < HOLD_MS) return undefined;
    const wanted = chooseRung(rungs, shownHeightPx, current);
    if (wanted === undefined || wanted === current) return undefined;
    this.#changedMs = nowMs;
    return wanted;
  }
}
