import { describe, expect, it } from 'vitest';
import { FrameTotal } from '../../../../../src/viewer/player/frame-total.ts';
import { FakeVideo } from './fake-player.ts';

describe('FrameTotal', () => {
  it('goes on counting when the element begins again', () => {
    const video = new FakeVideo();
    const frames = new FrameTotal(video.element);
    video.total = 100;
    video.dropped = 4;
    frames.read();
    video.total = 7;
    video.dropped = 0;
    expect(frames.read()).toEqual({ total: 107, dropped: 4 });
    expect(frames.read()).toEqual({ total: 107, dropped: 4 });
  });

  it('needs to be told of a new source that soon has more frames than the old one had', () => {
    const video = new FakeVideo();
    const frames = new FrameTotal(video.element);
    video.total = 5;
    frames.newSource();
    video.total = 0;
    frames.read();
    video.total = 9;
    expect(frames.read().total).toBe(14);
  });
});
