/**
 * The viewer's copy of one camera's timeline, fed by the media socket. It has its own epochs and its own media
 * sequence: whatever breaks the flow (relay restarted, parts skipped, socket reopened with a hole) becomes one
 * more discontinuity here, and the player above never sees a sequence go back.
 */
import type { InitHeader, PartHeader } from '../../wire/media-frames.ts';
import { type InitSegment, MAX_PDT_STEP_MS, Timeline } from '../../wire/timeline.ts';

/**
 * What the player may still have to fetch: everything buffered lies in its own back buffer. Not shorter than the longest
 * wall latency asks.
 */
const WINDOW_MS = 12_000;
/** Each segment costs the player a playlist and a request: with shorter GOPs several make one. */
const MIN_SEGMENT_MS = 900;

export type PartVerdict = 'appended' | 'duplicate' | 'waiting-for-keyframe' | 'unusable';

interface Position {
  readonly epoch: number;
  readonly msn: number;
  readonly part: number;
}

export class Mirror {
  readonly timeline = new Timeline({ windowMs: WINDOW_MS });
  /** The relay's init id → the mirror's: after a relay restart the same id may name other bytes. */
  readonly #inits = new Map<string, string>();
  /** Which start of the relay the media are of. */
  #run: string | undefined;
  #initCount = 0;
  #epoch = 0;
  #last: Position | undefined;
  #skippedParts = 0;

  /** Parts that never came: skipped by the relay or lost with a socket. */
  get skippedParts(): number {
    return this.#skippedParts;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /**
   * PDT of the end of what is here, in ms since the Unix epoch; undefined before the first part.
   * @param run asks on behalf of media of this start of the relay: there is no edge for those of another one
   */
  edgeMs(run?: string): number | undefined {
    return run !== undefined && run !== this.#run ? undefined : this.timeline.edgePdtMs;
  }

  addInit(header: InitHeader, bytes: Uint8Array): void {
    if (header.run !== this.#run) {
      // Its numbers and its clock begin anew: what looks like a repetition by them is none.
      this.#run = header.run;
      this.#inits.clear();
      this.#last = undefined;
    }
    const known = this.timeline.init(this.#inits.get(header.id) ?? '');
    if (known !== undefined && sameBytes(known.bytes, bytes)) return;
    this.#initCount += 1;
    const init: InitSegment = {
      id: `${this.#initCount}`,
      bytes,
      codecs: header.codecs,
      width: header.width,
      height: header.height,
    };
    this.timeline.addInit(init);
    this.#inits.set(header.id, init.id);
  }

  /** Takes one part in the order of the socket. `unusable`: without its init, or without a duration. */
  addPart(header: PartHeader, bytes: Uint8Array): PartVerdict {
    const initId = this.#inits.get(header.init);
    if (!(header.durationMs > 0)) return 'unusable';
    if (initId === undefined || this.timeline.init(initId) === undefined) return 'unusable';
    const edgeMs = this.timeline.edgePdtMs;
    const initChanged = this.timeline.segments.at(-1)?.initId !== initId;
    const continues = !initChanged && this.#follows(header) && this.#smooth(header, edgeMs);
    if (!continues) {
      if (!initChanged && this.#known(header, edgeMs)) return 'duplicate';
      if (!header.independent) return 'waiting-for-keyframe';
      if (edgeMs !== undefined) {
        const missing = Math.round((header.pdtMs - edgeMs) / header.durationMs);
        if (header.skipped === true || this.#last?.epoch === header.epoch) {
          this.#skippedParts += Math.max(0, missing);
        }
        this.#epoch += 1;
      }
    }
    const startsSegment = !continues || (header.independent && this.#long());
    this.timeline.append({
      epoch: this.#epoch,
      initId,
      durationMs: header.durationMs,
      independent: header.independent,
      pdtMs: header.pdtMs,
      mediaMs: header.mediaMs,
      startsSegment,
      data: bytes,
    });
    this.#last = { epoch: header.epoch, msn: header.msn, part: header.part };
    return 'appended';
  }

  /** The open segment may end. One that the relay cut in the midst of a GOP goes on: a player begins where one does. */
  #long(): boolean {
    return (this.timeline.open?.durationMs ?? 0) >= MIN_SEGMENT_MS;
  }

  #follows(header: PartHeader): boolean {
    const last = this.#last;
    if (last === undefined || header.skipped === true || header.epoch !== last.epoch) return false;
    if (header.msn === last.msn) return header.part === last.part + 1;
    return header.msn === last.msn + 1 && header.part === 0;
  }

  /** A reopened socket begins with history. The time tells it from the same numbers of a restarted encoder. */
  #known(header: PartHeader, edgeMs: number | undefined): boolean {
    const last = this.#last;
    if (last === undefined || edgeMs === undefined || header.epoch !== last.epoch) return false;
    const earlier = header.msn < last.msn || (header.msn === last.msn && header.part <= last.part);
    return earlier && header.pdtMs + header.durationMs / 2 < edgeMs;
  }

  #smooth(header: PartHeader, edgeMs: number | undefined): boolean {
    return edgeMs !== undefined && Math.abs(header.pdtMs - edgeMs) <= MAX_PDT_STEP_MS;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
