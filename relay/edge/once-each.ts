/** Lets each name through once, and only so many names, since strangers choose them. Pure. */
export class OnceEach {
  readonly #max: number;
  readonly #seen = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** True the first time, while there is room. */
  isNew(name: string): boolean {
    if (this.#seen.has(name) || this.#seen.size >= this.#max) return false;
    this.#seen.add(name);
    return true;
  }
}
