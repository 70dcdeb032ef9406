import { describe, expect, it } from 'vitest';
import { planRungs, type SeenStream } from '../../../../relay/camera/rung-plan.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const stream = (id: string, size: string, over: Partial<SeenStream> = {}): SeenStream => {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const whole = { codecs: 'avc1.640028', fps: 25, bitrateKbps: 4000, offered: true };
  return { id, size: { width, height }, ...whole, ...over };
};

function plan(streams: readonly SeenStream[], encode: Record<string, unknown> = {}): string[] {
  const config = cameraConfig({ type: 'rtsp', url: 'rtsp://cam/1' }, encode);
  return planRungs(config.encode, streams).map(
    ({ id, size, fps, from, made }) =>
      `${id} ${size.width}x${size.height}@${fps} ${made === 'camera' ? 'as it is' : `of ${from}`}`,
  );
}

describe('planRungs', () => {
  it('passes a small camera on as it is, and nothing else', () => {
    expect(plan([stream('main', '1280x720')])).toEqual(['main 1280x720@25 as it is']);
  });

  it('offers smaller pictures of a large camera, made from it on demand', () => {
    expect(plan([stream('main', '3840x2160')])).toEqual([
      'main 3840x2160@25 as it is',
      '1080 1920x1080@25 of main',
      '720 1280x720@25 of main',
      '360 640x360@25 of main',
      '180 320x180@5 of main',
    ]);
  });

  it('takes a substream in place of the row of its size, and makes what is smaller from it', () => {
    expect(plan([stream('main', '3840x2160'), stream('sub1', '640x360', { fps: 15 })])).toEqual([
      'main 3840x2160@25 as it is',
      '1080 1920x1080@25 of main',
      '720 1280x720@25 of main',
      'sub1 640x360@15 as it is',
      '180 320x180@5 of sub1',
    ]);
  });

  it('offers H.264 of a stream that not every browser plays: in its size, or up to 1080p', () => {
    const hevc = { codecs: 'hvc1.1.6.L120.90' };
    expect(plan([stream('main', '1920x1080', hevc)])).toEqual([
      'main 1920x1080@25 as it is',
      'main-h264 1920x1080@25 of main',
      '720 1280x720@25 of main',
      '360 640x360@25 of main',
      '180 320x180@5 of main',
    ]);
    expect(plan([stream('main', '3840x2160', hevc)]).slice(0, 2)).toEqual([
      'main 3840x2160@25 as it is',
      '1080 1920x1080@25 of main',
    ]);
  });

  it('makes the whole picture of a stream that may not be passed on', () => {
    expect(plan([stream('main', '1920x1080', { offered: false, fps: 50 })], { size: '1280x720' })).toEqual([
      'main 1280x720@30 of main',
      '360 640x360@30 of main',
      '180 320x180@5 of main',
    ]);
  });

  it('makes the rungs that are listed, and no others', () => {
    const rungs = [{ size: '1280x720' }, { id: 'low', size: '320x180', fps: 10, bitrateKbps: 100 }];
    expect(plan([stream('main', '1920x1080', { offered: false })], { rungs })).toEqual([
      '720 1280x720@25 of main',
      'low 320x180@10 of main',
    ]);
    expect(plan([stream('720', '1280x720')], { rungs })).toEqual([
      '720 1280x720@25 as it is',
      'low 320x180@10 of 720',
    ]);
  });

  it('leaves what somebody watches when a stream makes it needless, as long as its own has the picture', () => {
    const main = stream('main', '1920x1080');
    const { encode } = cameraConfig({ type: 'rtsp', url: 'rtsp://cam/1' });
    const playing = planRungs(encode, [main]).filter(({ id }) => id === '720' || id === '360');
    const ids = (streams: readonly SeenStream[]): string[] =>
      planRungs(encode, streams, playing).map(({ id }) => id);
    expect(ids([main, stream('sub1', '640x360')])).toEqual(['main', '720', 'sub1', '360', '180']);
    expect(ids([stream('main', '640x360')])).toEqual(['main', '360']);
    expect(ids([stream('other', '1280x720')])).toEqual(['other']);
  });
});
