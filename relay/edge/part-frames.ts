/**
 * Parts as frames of the media socket. All tiles on one rung get the same bytes: the newest frame of each timeline
 * is kept until the next, so that a live part is put together once however many watch.
 */
import { encodeMediaFrame } from '../../src/wire/media-frames.ts';
import type { InitSegment, Timeline, TimelinePart, TimelineSegment } from '../../src/wire/timeline.ts';

interface Entry {
  readonly part: TimelinePart;
  readonly frame: Uint8Array;
}

export class PartFrames {
  readonly #newest = new WeakMap<Timeline, Entry>();

  /** @param run of the camera: numbers of another one mean other media */
  init(run: string, init: InitSegment): Uint8Array {
    const { id, codecs, width, height } = init;
    return encodeMediaFrame({ kind: 'init', run, id, codecs, width, height }, init.bytes);
  }

  /** `skipped` marks the first part after others were left out. */
  part(timeline: Timeline, segment: TimelineSegment, part: TimelinePart, skipped: boolean): Uint8Array {
    const known = this.#newest.get(timeline);
    if (!skipped && known?.part === part) return known.frame;
    const frame = encodeMediaFrame(
      {
        kind: 'part',
        msn: part.msn,
        part: part.index,
        epoch: segment.epoch,
        init: segment.initId,
        durationMs: part.durationMs,
        independent: part.independent,
        pdtMs: part.pdtMs,
        mediaMs: part.mediaMs,
        ...(skipped ? { skipped } : {}),
      },
      part.data,
    );
    const isNewest = timeline.segments.at(-1)?.parts.at(-1) === part;
    if (!skipped && isNewest) this.#newest.set(timeline, { part, frame });
    return frame;
  }
}
