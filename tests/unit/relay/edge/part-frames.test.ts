import { expect, it } from 'vitest';
import { PartFrames } from '../../../../relay/edge/part-frames.ts';
import { decodeMediaFrame } from '../../../../src/wire/media-frames.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp() {
  const camera = new SyntheticCamera({ id: 'cam1' });
  camera.feed(3);
  const timeline = camera.timeline();
  const segment = timeline.segments[0];
  if (segment === undefined) throw new Error('no segment');
  const part = (index: number) => {
    const found = segment.parts[index];
    if (found === undefined) throw new Error('no part');
    return found;
  };
  return { camera, timeline, segment, part, frames: new PartFrames() };
}

it('puts the newest part together once for all tiles', () => {
  const { timeline, segment, part, frames } = setUp();
  expect(frames.part(timeline, segment, part(2), false)).toBe(frames.part(timeline, segment, part(2), false));
});

it('keeps no old part alive', () => {
  const { timeline, segment, part, frames } = setUp();
  expect(frames.part(timeline, segment, part(0), false)).not.toBe(
    frames.part(timeline, segment, part(0), false),
  );
});

it('marks the part after a skip for the one tile that skipped', () => {
  const { timeline, segment, part, frames } = setUp();
  const read = (skipped: boolean) => {
    const frame = frames.part(timeline, segment, part(2), skipped);
    return decodeMediaFrame(Uint8Array.from(frame).buffer).header;
  };
  expect(read(false)).not.toHaveProperty('skipped');
  expect(read(true)).toMatchObject({ msn: 0, part: 2, skipped: true });
  expect(read(false)).not.toHaveProperty('skipped');
});
