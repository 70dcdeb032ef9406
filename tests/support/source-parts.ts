/** A Timeline as an ingest makes it, without media worth decoding. */
import { Timeline, type TimelinePart } from '../../src/wire/timeline.ts';

export interface SourceParts {
  readonly timeline: Timeline;
  /** Appends a part of `ms`; its media time follows the one before it. */
  part(keyframe?: boolean, ms?: number): TimelinePart;
  /** A keyframe and parts without one, `count` together. */
  gop(count: number): void;
  /** What follows has another header. */
  init(id: string, bytes: readonly number[]): void;
  /** What follows is a new epoch, at this media time. */
  epoch(mediaMs: number): void;
}

export function sourceParts(startMs = 0): SourceParts {
  const timeline = new Timeline({ windowMs: 20_000 });
  let initId = '';
  let epoch = 1;
  let mediaMs = startMs;
  let pdtMs = 1_000_000;
  const init = (id: string, bytes: readonly number[]): void => {
    initId = id;
    timeline.addInit({ id, bytes: Uint8Array.from(bytes), codecs: 'avc1.42c01e', width: 640, height: 360 });
  };
  init('a', [1]);
  const part = (keyframe = false, ms = 100): TimelinePart => {
    const added = timeline.append({
      ...{ epoch, initId, mediaMs, pdtMs, durationMs: ms, independent: keyframe, startsSegment: keyframe },
      data: Uint8Array.of(timeline.nextSerial),
    });
    mediaMs += ms;
    pdtMs += ms;
    return added;
  };
  return {
    timeline,
    part,
    gop: (count) => {
      for (let n = 0; n < count; n += 1) part(n === 0);
    },
    init,
    epoch: (atMs) => {
      epoch += 1;
      mediaMs = atMs;
    },
  };
}
