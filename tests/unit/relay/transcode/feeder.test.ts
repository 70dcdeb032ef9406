import { describe, expect, it } from 'vitest';
import { Feeder, type FeedStep } from '../../../../relay/transcode/feeder.ts';
import { type SourceParts, sourceParts } from '../../../support/source-parts.ts';

/** What a feeder that has begun does with each part that comes. */
function listen(
  source: SourceParts,
  room = () => true,
  keyframesOnly = false,
): { feeder: Feeder; steps: FeedStep[] } {
  const feeder = new Feeder(source.timeline, keyframesOnly);
  feeder.begin();
  const steps: FeedStep[] = [];
  source.timeline.onPart((part, segment) => steps.push(feeder.next(part, segment, room())));
  return { feeder, steps };
}
const kinds = (steps: readonly FeedStep[]): string => steps.map(({ kind }) => kind[0]).join('');

describe('Feeder', () => {
  it('begins with the header and the newest keyframe', () => {
    const source = sourceParts(5_000);
    source.gop(3);
    source.gop(2);
    const first = new Feeder(source.timeline).begin();
    expect(first?.init).toEqual(Uint8Array.of(1));
    const times = { epoch: 1, durationMs: 100 };
    expect(first?.parts).toEqual([
      { ...times, mediaMs: 5_300, pdtMs: 1_000_300, independent: true, data: Uint8Array.of(3) },
      { ...times, mediaMs: 5_400, pdtMs: 1_000_400, independent: false, data: Uint8Array.of(4) },
    ]);
  });

  it('has nothing to begin with before the first keyframe', () => {
    const source = sourceParts();
    expect(new Feeder(source.timeline).begin()).toBeUndefined();
    source.part(false);
    expect(new Feeder(source.timeline).begin()).toBeUndefined();
  });

  it('hands on each part as it comes', () => {
    const source = sourceParts();
    source.gop(2);
    const { steps } = listen(source);
    source.part();
    source.gop(1);
    expect(steps).toMatchObject([
      { kind: 'write', parts: [{ mediaMs: 200, data: Uint8Array.of(2) }] },
      { kind: 'write', parts: [{ mediaMs: 300, data: Uint8Array.of(3) }] },
    ]);
  });

  it('goes on in a new epoch whose media time goes on, also after a hole', () => {
    const source = sourceParts();
    source.gop(2);
    const { steps } = listen(source);
    source.epoch(200);
    source.gop(2);
    source.epoch(900);
    source.gop(2);
    expect(kinds(steps)).toBe('wwww');
  });

  it('wants another process when media time goes back, or with another header', () => {
    const source = sourceParts();
    source.gop(4);
    const { steps } = listen(source);
    source.epoch(0);
    source.part(true);
    source.init('b', [2]);
    source.part(true);
    expect(steps).toEqual([
      { kind: 'restart', reason: 'the source began anew' },
      { kind: 'restart', reason: 'the source changed its picture' },
    ]);
  });

  it('goes on with a header of another name and the same bytes', () => {
    const source = sourceParts();
    source.gop(2);
    const { steps } = listen(source);
    source.init('b', [1]);
    source.gop(2);
    expect(kinds(steps)).toBe('ww');
  });

  it('skips to the next keyframe for which there is room', () => {
    const source = sourceParts();
    source.gop(2);
    let room = false;
    const { feeder, steps } = listen(source, () => room);
    source.part();
    feeder.skip();
    expect(feeder.waits).toBe(true);
    source.part();
    source.gop(2);
    room = true;
    source.part();
    source.gop(2);
    expect(kinds(steps)).toBe('wssssww');
    expect(feeder.waits).toBe(false);
  });

  it('does not skip because a keyframe comes while it is busy', () => {
    const source = sourceParts();
    source.gop(2);
    const { steps } = listen(source, () => false);
    source.gop(2);
    expect(kinds(steps)).toBe('ww');
  });

  it('hands on keyframes only, each with the part that pushes it out, as far as there is room', () => {
    const source = sourceParts();
    source.gop(4);
    let room = true;
    const { steps } = listen(source, () => room, true);
    source.part();
    source.gop(4);
    room = false;
    source.gop(4);
    room = true;
    source.gop(4);
    expect(kinds(steps)).toBe('s' + 'wwss' + 'ssss' + 'wwss');
  });
});
