/**
 * Cameras that were tested and may be added: kept here under a name that nobody guesses, so that addresses and passwords
 * need not go back to the browser. Pure over clock and random.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { Draft } from '../setup/draft.ts';

const KEPT_MS = 15 * 60_000;
/** Each test makes a few. */
const MAX_KEPT = 64;
const NAME_BYTES = 16;

export interface KeptDraftsDeps {
  /** Monotonic. */
  readonly clock: Clock;
  readonly random: (count: number) => Uint8Array;
}

export class KeptDrafts {
  readonly #deps: KeptDraftsDeps;
  /** Oldest first. */
  readonly #kept = new Map<string, { readonly draft: Draft; readonly untilMs: number }>();

  constructor(deps: KeptDraftsDeps) {
    this.#deps = deps;
  }

  /** @returns the name that it is kept under for a quarter of an hour */
  keep(draft: Draft): string {
    this.#forget();
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    const name = Buffer.from(this.#deps.random(NAME_BYTES)).toString('hex');
    this.#kept.set(name, { draft, untilMs: this.#deps.clock.now() + KEPT_MS });
    return name;
  }

  get(name: string): Draft | undefined {
    this.#forget();
    return this.#kept.get(name)?.draft;
  }

  drop(name: string): void {
    this.#kept.delete(name);
  }

  #forget(): void {
    const nowMs = this.#deps.clock.now();
    for (const [name, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(name);
  }
}
