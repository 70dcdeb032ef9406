/** Measures what a rung delivers: bit rate, and speed and frame rate where the encoder does not tell. Pure. */

export interface MediaFigures {
  readonly bitrateKbps: number;
  /** Media time per time: 1 keeps up. */
  readonly speed: number;
}

const WINDOW_MS = 5_000;
/** A shorter window says nothing. */
const MIN_WINDOW_MS = 900;

export class MediaMeter {
  #parts: { readonly atMs: number; readonly durationMs: number; readonly bytes: number }[] = [];

  /** A whole part arrived. */
  add(durationMs: number, bytes: number, nowMs: number): void {
    this.#parts = [
      ...this.#parts.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS),
      { atMs: nowMs, durationMs, bytes },
    ];
  }

  /** Another process: what came before says nothing. */
  reset(): void {
    this.#parts = [];
  }

  /** Undefined until there is enough to compare. */
  get figures(): MediaFigures | undefined {
    const [first, ...rest] = this.#parts;
    const last = rest.at(-1);
    const ms = (last?.atMs ?? 0) - (first?.atMs ?? 0);
    if (ms < MIN_WINDOW_MS) return undefined;
    const sum = (of: (part: { durationMs: number; bytes: number }) => number): number =>
      rest.reduce((total, part) => total + of(part), 0);
    return {
      bitrateKbps: (sum(({ bytes }) => bytes) * 8) / ms,
      speed: sum(({ durationMs }) => durationMs) / ms,
    };
  }
}
