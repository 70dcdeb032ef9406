import { Hash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fragmentBoxes, join } from '../../../support/boxes.ts';
import { cameraConfig } from '../../../support/camera-config.ts';
import { FakeEncoders, KILLED } from '../../../support/fake-encoders.ts';

const RTSP = cameraConfig({ type: 'rtsp', url: 'rtsp://cam/main' });
const SHORT_LOOK = 'option max_ts_probe 1';

let world: FakeEncoders;
beforeEach(() => {
  world = new FakeEncoders();
});

/** Its process ends, and the next one is there. */
async function again(): Promise<void> {
  await world.newest.end(KILLED);
  await world.advance(1_000);
}

describe('a stream that was seen', () => {
  it('is looked at briefly once a whole group of pictures came in order', async () => {
    await world.create(RTSP);
    world.newest.header();
    world.play(900);
    await again();
    expect(world.newest.spec.stdin).not.toContain(SHORT_LOOK);
    world.newest.header();
    world.play(1_500);
    await again();
    expect(world.newest.spec.stdin).toContain(SHORT_LOOK);
    world.newest.header();
    world.play(1_500);
    expect(world.processes).toHaveLength(3);
    expect(world.camera.state().state).toBe('live');
  });

  it('is opened again and looked at in full when it has another header', async () => {
    await world.goLive(RTSP);
    await again();
    world.newest.header(0, { width: 1280, height: 720 });
    expect(world.newest.signals).toEqual(['SIGTERM']);
    await world.newest.end(KILLED);
    expect(world.newest.spec.stdin).not.toContain(SHORT_LOOK);
    world.newest.header(0, { width: 1280, height: 720 });
    world.play(1_500);
    expect(world.newest.signals).toEqual([]);
    await again();
    expect(world.newest.spec.stdin).toContain(SHORT_LOOK);
  });

  it('is never looked at briefly when its pictures come in another order', async () => {
    await world.create(RTSP);
    world.newest.header();
    for (let n = 0; n < 40; n += 1) {
      world.time.advance(66);
      const composition = n % 3 === 0 ? 1024 : 0;
      const { moof, mdat } = fragmentBoxes({ start: n * 1024, keyframe: n % 15 === 0, composition });
      world.newest.media(join(moof, mdat));
    }
    expect(world.camera.state().encoder).toContain('B-frames');
    await again();
    expect(world.newest.spec.stdin).not.toContain(SHORT_LOOK);
  });
});

describe('the header of a stream', () => {
  it('is hashed once, however many groups of pictures come', async () => {
    await world.create(RTSP);
    const digest = vi.spyOn(Hash.prototype, 'digest');
    world.newest.header();
    world.play(10_000);
    expect(digest).toHaveBeenCalledTimes(1);
    digest.mockRestore();
  });
});
