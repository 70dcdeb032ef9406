/** What happens again and again, told once at once and then seldom, with how often it was. Pure. */

const AGAIN_MS = 600_000;

export class SeldomTold {
  readonly #last = new Map<string, { readonly toldMs: number; times: number }>();

  /**
   * It happened, `name` being whom to.
   * @param nowMs monotonic
   * @returns how often since it was told last, this time included; undefined: not to be told now
   */
  happened(name: string, nowMs: number): number | undefined {
    const last = this.#last.get(name);
    const times = (last?.times ?? 0) + 1;
    if (last !== undefined && nowMs - last.toldMs < AGAIN_MS) {
      last.times = times;
      return undefined;
    }
    this.#last.set(name, { toldMs: nowMs, times: 0 });
    return times;
  }
}
