/**
 * The rungs of a camera, less those that the relay turned down since it last told of the camera, and those that did not
 * come or fell silent a moment ago. Pure.
 */
import type { RungSize } from './rung-choice.ts';

/** How long a rung that failed is left alone; doubles with each failure in a row. */
const AGAIN_MS = 10_000;
/** What this computer did not decode in time: to try it again shows a poor picture for seconds. */
const TOO_MUCH_AGAIN_MS = 160_000;
/** Of these, so many doublings at most. */
const MAX_DOUBLINGS = 4;
/** Playing this long forgives what was. */
const FORGIVE_MS = 60_000;

interface Failure {
  readonly untilMs: number;
  readonly waitMs: number;
  readonly tooMuch: boolean;
}

export class RungOffer {
  #listed: readonly RungSize[];
  /** Undefined stands for the relay's own choice. */
  readonly #turnedDown = new Set<string | undefined>();
  readonly #failures = new Map<string, Failure>();

  /** @param listed best first; empty until the relay knows them */
  constructor(listed: readonly RungSize[]) {
    this.#listed = listed;
  }

  /** What can be asked for, best first. */
  get rungs(): readonly RungSize[] {
    return this.#listed.filter(({ id }) => !this.#turnedDown.has(id));
  }

  /** Of these, what is better not asked for yet. */
  failed(nowMs: number): ReadonlySet<string> {
    return new Set([...this.#failures].flatMap(([id, { untilMs }]) => (nowMs < untilMs ? [id] : [])));
  }

  /** @param anew the relay told of other rungs or another state: what it turned down may be there again */
  renew(listed: readonly RungSize[], anew: boolean): void {
    this.#listed = listed;
    if (anew) this.#turnedDown.clear();
  }

  turnDown(rung: string | undefined): void {
    this.#turnedDown.add(rung);
  }

  /**
   * The rung did not come, or its pictures stopped: not before a while again. If the relay has to make it, what it would
   * have to make beside it is no better: one after the other would be woken on a host that has no room for the first.
   */
  putOff(rung: string, nowMs: number): void {
    const failed = this.#listed.find(({ id }) => id === rung);
    const sleeping = this.#listed.filter(
      ({ id, origin, asleep }) => id !== rung && origin === 'transcode' && asleep === true,
    );
    this.#wait(rung, nowMs, AGAIN_MS);
    if (failed?.origin === 'transcode') for (const { id } of sleeping) this.#wait(id, nowMs, AGAIN_MS);
  }

  /** This computer shows too few pictures of the rung: not before a long while again. */
  tooMuch(rung: string, nowMs: number): void {
    this.#wait(rung, nowMs, TOO_MUCH_AGAIN_MS);
  }

  /** Whether that was the last that was seen of it. */
  wasTooMuch(rung: string): boolean {
    return this.#failures.get(rung)?.tooMuch === true;
  }

  #wait(rung: string, nowMs: number, firstMs: number): void {
    const before = this.#failures.get(rung);
    const inARow = before !== undefined && nowMs - before.untilMs < FORGIVE_MS;
    const waitMs = inARow ? Math.min(before.waitMs * 2, firstMs * 2 ** MAX_DOUBLINGS) : firstMs;
    this.#failures.set(rung, { untilMs: nowMs + waitMs, waitMs, tooMuch: firstMs === TOO_MUCH_AGAIN_MS });
  }

  /** It plays after all. */
  forgive(rung: string): void {
    this.#failures.delete(rung);
  }

  /** The relay knows rungs of the camera and turned them all down, or its own choice: nothing to ask for before it tells anew. */
  get exhausted(): boolean {
    return this.#listed.length === 0
      ? // A camera without rungs yet keeps a socket open that asks for none, and sends when it has some.
        this.#turnedDown.has(undefined)
      : this.#listed.every(({ id }) => this.#turnedDown.has(id));
  }
}
