import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../../relay/config/schema.ts';
import { mediamtxOptions, wishedPorts } from '../../../../relay/mediamtx/options.ts';
import { hlsSettings, PLAN_HLS } from '../../../../relay/mediamtx/settings.ts';

const CAMERA = { id: 'a', source: { type: 'test' } };
const PORTS = { rtsp: 1, api: 3 };
const READERS = { username: 'player', password: 'secret' };
const configOf = (mediamtx: object, more: object = {}) =>
  v.parse(configSchema, { cameras: [CAMERA], mediamtx, ...more });
const optionsOf = (mediamtx: object, more: object = {}) =>
  mediamtxOptions(configOf(mediamtx, more), '/bin/mediamtx', PORTS);

describe('mediamtxOptions', () => {
  it('leaves WebRTC off by default', () => {
    expect(optionsOf({})).toEqual({
      program: '/bin/mediamtx',
      hls: hlsSettings({ partMs: 67, fps: 30, gopMs: 1000 }),
      ports: PORTS,
      readers: undefined,
      webrtc: undefined,
    });
  });

  it('cuts media for the fastest camera and the shortest keyframe distance', () => {
    const cameras = [
      { ...CAMERA, encode: { fps: 15, gopMs: 500 } },
      { id: 'b', source: { type: 'test' }, encode: { fps: 60, gopMs: 2000 } },
    ];
    expect(optionsOf({}, { cameras, media: { partMs: 100 } }).hls).toEqual(
      hlsSettings({ partMs: 100, fps: 60, gopMs: 500 }),
    );
  });

  it('takes the values of the plan, and own values before any preset', () => {
    expect(optionsOf({ hls: { preset: 'plan' } }).hls).toEqual(PLAN_HLS);
    expect(optionsOf({ hls: { preset: 'plan', segmentCount: 7 } }).hls).toEqual({
      ...PLAN_HLS,
      segmentCount: 7,
    });
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['::1', '::1'],
    ['0.0.0.0', ''],
    ['camera-host', ''],
    ['192.168.1.5', '192.168.1.5'],
  ])('sends real-time media where the relay listens: %s', (host, listenHost) => {
    const { webrtc } = optionsOf({ webrtc: { enabled: true } }, { server: { host } });
    expect(webrtc).toEqual({ additionalHosts: [], listenHost });
  });

  it('wishes for configured ports, those of HLS and WebRTC only with them', () => {
    const ports = { rtsp: 9000, hls: 9001, webrtc: 9002 };
    const webrtc = { udpPort: 9003 };
    expect(wishedPorts(configOf({ ports, webrtc }))).toEqual({ rtsp: 9000 });
    const all = { ports, readers: READERS, webrtc: { ...webrtc, enabled: true } };
    expect(wishedPorts(configOf(all))).toEqual({ rtsp: 9000, hls: 9001, webrtc: 9002, webrtcMedia: 9003 });
  });
});
