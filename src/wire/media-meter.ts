/** Measures what comes of a stream or rung: bit rate, and media time per time. Pure. */

export interface MediaFigures {
  readonly bitrateKbps: number;
  /** Media time per time: 1 keeps up. */
  readonly speed: number;
}

const WINDOW_MS = 5_000;
/** A shorter window says nothing. */
const MIN_WINDOW_MS = 900;

export class MediaMeter {
  readonly #parts: { readonly atMs: number; readonly durationMs: number; readonly bytes: number }[] = [];
  /** Of all parts that are kept. */
  #durationMs = 0;
  #bytes = 0;

  /** A whole part arrived. */
  add(durationMs: number, bytes: number, nowMs: number): void {
    for (let first = this.#parts[0]; first !== undefined; first = this.#parts[0]) {
      if (first.atMs >= nowMs - WINDOW_MS) break;
      this.#parts.shift();
      this.#count(-first.durationMs, -first.bytes);
    }
    this.#parts.push({ atMs: nowMs, durationMs, bytes });
    this.#count(durationMs, bytes);
  }

  /** Another process: what came before says nothing. */
  reset(): void {
    this.#parts.length = 0;
    this.#durationMs = 0;
    this.#bytes = 0;
  }

  /** Undefined until there is enough to compare. */
  get figures(): MediaFigures | undefined {
    const first = this.#parts[0];
    const ms = (this.#parts.at(-1)?.atMs ?? 0) - (first?.atMs ?? 0);
    if (first === undefined || ms < MIN_WINDOW_MS) return undefined;
    // The first one came before this time began.
    return {
      bitrateKbps: ((this.#bytes - first.bytes) * 8) / ms,
      speed: (this.#durationMs - first.durationMs) / ms,
    };
  }

  #count(durationMs: number, bytes: number): void {
    this.#durationMs += durationMs;
    this.#bytes += bytes;
  }
}
