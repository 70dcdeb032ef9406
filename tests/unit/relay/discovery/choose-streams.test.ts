import { describe, expect, it } from 'vitest';
import { type CameraStream, chooseStreams } from '../../../../relay/discovery/choose-streams.ts';
import { streamUrl } from '../../../../relay/discovery/onvif-camera.ts';

const stream = (text: string, lens?: string): CameraStream => {
  const [codec = '', size = ''] = text.split(' ');
  const [width = 0, height = 0] = size.split('x').map(Number);
  return {
    name: text,
    url: `rtsp://cam/${text}/${lens}`,
    codec,
    size: { width, height },
    fps: 25,
    gop: 50,
    lens,
  };
};
const chosen = (...texts: string[]): (string | undefined)[][] =>
  chooseStreams(texts.map((text) => stream(text))).map(({ main, sub }) => [main.name, sub?.name]);

describe('chooseStreams', () => {
  it('takes the largest and the one nearest to a tile', () => {
    expect(chosen('H264 640x360', 'H264 1280x720', 'H264 2560x1440', 'H264 320x180')).toEqual([
      ['H264 2560x1440', 'H264 640x360'],
    ]);
  });

  it.each([
    ['H.264 of two of one size', ['H265 1920x1080', 'H264 1920x1080'], ['H264 1920x1080', undefined]],
    [
      'the larger one though it is H.265',
      ['H265 3840x2160', 'H264 1920x1080'],
      ['H265 3840x2160', 'H264 1920x1080'],
    ],
    ['no JPEG where there is a video', ['JPEG 3840x2160', 'H264 640x360'], ['H264 640x360', undefined]],
    ['JPEG where there is nothing else', ['JPEG 1280x720', 'JPEG 640x360'], ['JPEG 1280x720', undefined]],
    [
      'the substream of the same shape',
      ['H264 1920x1080', 'H264 640x480', 'H264 480x270'],
      ['H264 1920x1080', 'H264 480x270'],
    ],
    [
      'one of another shape rather than none',
      ['H264 1920x1080', 'H264 704x576'],
      ['H264 1920x1080', 'H264 704x576'],
    ],
    ['none that is nearly as large', ['H264 1280x720', 'H264 1280x704'], ['H264 1280x720', undefined]],
  ])('takes %s', (_what, texts, expected) => {
    expect(chosen(...texts)).toEqual([expected]);
  });

  it('makes a camera of each lens, and none of nothing', () => {
    const streams = [
      stream('H264 1920x1080', 'a'),
      stream('H264 1280x720', 'b'),
      stream('H264 640x360', 'a'),
    ];
    expect(chooseStreams(streams).map(({ main, sub }) => [main.lens, sub?.lens])).toEqual([
      ['a', 'a'],
      ['b', undefined],
    ]);
    expect(chooseStreams([])).toEqual([]);
  });

  it('takes a stream once that two profiles name', () => {
    const main = stream('H264 1920x1080');
    expect(chooseStreams([main, { ...main, size: { width: 640, height: 360 } }])[0]?.sub).toBeUndefined();
  });
});

describe('streamUrl', () => {
  const camera = new URL('http://192.0.2.7:8000/onvif/device_service');
  it.each([
    ['rtsp://192.0.2.7:554/a?b=1&c=2', 'rtsp://192.0.2.7:554/a?b=1&c=2'],
    ['rtsp://admin:x@192.0.2.7/a', 'rtsp://192.0.2.7/a'],
    ['rtsp://127.0.0.1:554/a', 'rtsp://192.0.2.7:554/a'],
    ['rtsp://0.0.0.0/a', 'rtsp://192.0.2.7/a'],
    ['rtsp://198.51.100.1/a', 'rtsp://198.51.100.1/a'],
    ['http://192.0.2.7/a.mjpg', undefined],
    ['rtsp://192.0.2.7/a\nfile b', undefined],
    ['', undefined],
  ])('%j is %j', (uri, expected) => {
    expect(streamUrl(uri, camera)).toBe(expected);
  });
});
