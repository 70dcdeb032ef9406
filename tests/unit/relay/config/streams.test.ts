import { describe, expect, it } from 'vitest';
import type { RtspSource } from '../../../../relay/config/schema.ts';
import { addressKey, movedTo, streamsOf, withLogins } from '../../../../relay/config/streams.ts';

const source = (main: Omit<RtspSource, 'type'>): RtspSource => ({ type: 'rtsp', ...main });
const loginsOf = (main: Omit<RtspSource, 'type'>) =>
  withLogins(source(main)).substreams?.map(({ username, password }) => [username, password]);

describe('withLogins', () => {
  it.each([
    ['keys', { url: 'rtsp://cam/main', username: 'admin', password: 'p@ss' }],
    ['the address', { url: 'rtsp://admin:p%40ss@cam/main' }],
  ])('gives a substream the login of the main stream from %s', (_about, main) => {
    const substreams = [{ url: 'rtsp://CAM:8554/sub' }, { url: 'rtsps://cam/sub' }];
    expect(loginsOf({ ...main, substreams })).toEqual([
      ['admin', 'p@ss'],
      ['admin', 'p@ss'],
    ]);
  });

  it('leaves a substream its own login, and tells another host none', () => {
    const substreams = [
      { url: 'rtsp://cam/sub', username: 'viewer' },
      { url: 'rtsp://viewer:x@cam/sub2' },
      { url: 'rtsp://recorder/sub' },
    ];
    expect(loginsOf({ url: 'rtsp://cam/main', username: 'admin', password: 'p', substreams })).toEqual([
      ['viewer', undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('changes nothing without a login, or without substreams', () => {
    const plain = source({ url: 'rtsp://cam/main', substreams: [{ url: 'rtsp://cam/sub' }] });
    expect(withLogins(plain)).toEqual(plain);
    expect(withLogins(source({ url: 'rtsp://a:b@cam/main' }))).toEqual(
      source({ url: 'rtsp://a:b@cam/main' }),
    );
  });
});

it('lists the streams of a camera, the main one first', () => {
  const streams = streamsOf(
    source({ url: 'rtsp://cam/main', password: 'p', username: 'u', substreams: [{ url: 'rtsp://cam/sub' }] }),
  );
  expect(streams).toEqual([
    { type: 'rtsp', url: 'rtsp://cam/main', username: 'u', password: 'p' },
    { type: 'rtsp', url: 'rtsp://cam/sub' },
  ]);
});

it('knows an address again, however it is written', () => {
  expect(addressKey('rtsp://admin:x@Cam/a?b=1')).toBe(addressKey('rtsp://cam:554/a?b=1'));
  expect(addressKey('rtsps://cam/a')).toBe(addressKey('rtsps://cam:322/a'));
  expect(addressKey('rtsp://cam/a?b=1')).not.toBe(addressKey('rtsp://cam/a?b=2'));
  expect(addressKey('cam')).toBeUndefined();
});

describe('movedTo', () => {
  const url = 'rtsp://u:p%40@192.0.2.7:554/Streaming/101?a=1';

  it('takes host and port, and keeps login, path, and streams of other hosts', () => {
    const substreams = [
      { url: 'rtsp://192.0.2.7/sub', username: 'u' },
      { url: 'rtsp://192.0.2.7/untold' },
      { url: 'rtsp://192.0.2.99/sub' },
    ];
    // Some tell the address that they had before.
    const told = ['rtsp://192.0.2.7/sub', 'rtsp://192.0.2.7:8554/Streaming/101?a=1'];
    expect(movedTo(source({ url, substreams, onvifId: 'x' }), '192.0.2.8', told)).toEqual({
      type: 'rtsp',
      onvifId: 'x',
      url: 'rtsp://u:p%40@192.0.2.8:8554/Streaming/101?a=1',
      substreams: [
        { url: 'rtsp://192.0.2.8/sub', username: 'u' },
        { url: 'rtsp://192.0.2.7/untold' },
        { url: 'rtsp://192.0.2.99/sub' },
      ],
    });
  });

  it('takes nothing where the main stream is not told of', () => {
    expect(movedTo(source({ url }), '192.0.2.8', ['rtsp://192.0.2.8/Streaming/102', 'no address'])).toBe(
      undefined,
    );
  });
});
