import { describe, expect, it } from 'vitest';
import {
  hlsSettings,
  mediamtxSettings,
  PLAN_HLS,
  settingsFile,
} from '../../../../relay/mediamtx/settings.ts';

const secrets = { pathKey: 'a1b2', password: 'open sesame', insidePassword: 'inside' };
const ports = { rtsp: 1001, api: 1003 };
const asked = { ports, secrets, hls: PLAN_HLS, readers: undefined, webrtc: undefined };
const plain = mediamtxSettings(asked);
const readers = { username: 'player', password: 'for players' };
const read = mediamtxSettings({ ...asked, ports: { ...ports, hls: 1002 }, readers });

describe('the settings of a private MediaMTX', () => {
  it('name every server, and leave on only what the wall needs', () => {
    const servers = ['api', 'rtsp', 'hls', 'webrtc', 'rtmp', 'srt', 'moq', 'playback', 'metrics', 'pprof'];
    expect(Object.fromEntries(servers.map((name) => [name, plain.global[name]]))).toEqual({
      api: true,
      rtsp: true,
      hls: false,
      webrtc: false,
      rtmp: false,
      srt: false,
      moq: false,
      playback: false,
      metrics: false,
      pprof: false,
    });
  });

  it('listen on loopback only', () => {
    const addresses = Object.entries(read.global).filter(([key]) => key.endsWith('Address'));
    expect(addresses).toEqual([
      ['apiAddress', '127.0.0.1:1003'],
      ['rtspAddress', '127.0.0.1:1001'],
      ['hlsAddress', '127.0.0.1:1002'],
    ]);
    expect(plain.global.rtspTransports).toEqual(['tcp']);
  });

  it('let web pages of no origin in', () => {
    const origins = Object.entries(read.global).filter(([key]) => key.endsWith('AllowOrigins'));
    expect(origins).toEqual([
      ['apiAllowOrigins', []],
      ['hlsAllowOrigins', []],
    ]);
  });

  it('allow to publish below the key from loopback, and all else to the relay only', () => {
    expect(plain.global.authInternalUsers).toMatchObject([
      { user: 'relay', permissions: [{ action: 'api' }, { action: 'read' }] },
      { user: 'any', permissions: [{ action: 'publish' }] },
    ]);
    const users = plain.global.authInternalUsers;
    for (const user of Array.isArray(users) ? users : []) {
      expect(user).toMatchObject({ ips: ['127.0.0.1/32', '::1/128'] });
    }
  });

  it('let players read under names without the key, and nobody publish there', () => {
    expect(read.global.authInternalUsers).toMatchObject([
      { user: 'relay' },
      { user: 'any', permissions: [{ action: 'publish', path: expect.stringContaining('a1b2/') }] },
      { user: 'inside', permissions: [{ action: 'read', path: expect.stringContaining('a1b2/') }] },
      { user: 'player', permissions: [{ action: 'read', path: expect.not.stringContaining('a1b2') }] },
    ]);
    const [, [name = '', path] = []] = Object.entries(read.paths);
    expect(path).toEqual({
      source: 'rtsp://inside:inside@127.0.0.1:1001/a1b2/$G1',
      sourceOnDemand: true,
      rtspTransport: 'tcp',
    });
    const pattern = new RegExp(name.slice(1));
    expect(['front/main', 'a1b2/front/main', 'front'].map((each) => pattern.test(each))).toEqual([
      ...[true, false, false],
    ]);
    expect(settingsFile(read)).not.toContain('for players');
  });

  it.each([
    ['a1b2/front/main', true],
    ['a1b2/front', false],
    ['a1b2/', false],
    ['front/main', false],
    ['xa1b2/front', false],
    ['a1b2/../etc', false],
    ['a1b2/Front', false],
  ])('know the path %s: %s', (path, known) => {
    const [name = ''] = Object.keys(plain.paths);
    expect(name.startsWith('~')).toBe(true);
    expect(new RegExp(name.slice(1)).test(path)).toBe(known);
  });

  it('hold the hash of the password, never itself', () => {
    const text = settingsFile(plain);
    expect(text).not.toContain(secrets.password);
    expect(text).toContain('sha256:Qe9LsLI2YeZjAarDYGaRLawDeCe0rmOnsRZaWqk+1Os=');
    expect(JSON.parse(text)).toMatchObject({
      ...plain.global,
      pathDefaults: plain.pathDefaults,
      paths: plain.paths,
    });
  });

  it('refuse a second publisher', () => {
    expect(plain.pathDefaults.overridePublisher).toBe(false);
  });

  it('carry the values of the plan under its preset', () => {
    expect(read.global).toMatchObject({
      hlsSegmentDuration: '1000ms',
      hlsPartDuration: '200ms',
      hlsSegmentCount: 10,
    });
  });

  it('keep signalling on loopback and open one UDP port when WebRTC is on', () => {
    const { global } = mediamtxSettings({
      ...asked,
      ports: { ...ports, webrtc: 1004, webrtcMedia: 8189 },
      webrtc: { additionalHosts: ['192.0.2.7'] },
    });
    expect(global).toMatchObject({
      webrtc: true,
      webrtcAddress: '127.0.0.1:1004',
      webrtcLocalUDPAddress: ':8189',
      webrtcLocalTCPAddress: '',
      webrtcICEServers2: [],
      webrtcAdditionalHosts: ['192.0.2.7'],
    });
  });
});

describe('the settings of HLS', () => {
  /** What MediaMTX makes of a setting: raised by 5 ms until it is above 85 % of whole frames, then whole frames. */
  function servedMs(settingMs: number, fps: number): number {
    const frameNs = Math.floor(1e9 / fps);
    const fits = (ns: number) =>
      frameNs <= ns && ns > Math.floor((Math.ceil(ns / frameNs) * frameNs * 85) / 100);
    let ns = Math.round(settingMs * 1e6);
    while (!fits(ns)) ns += 5e6;
    // Against timestamps in ticks of 90 kHz, which hit whole frames exactly.
    return (Math.ceil((ns * fps) / 1e9 - 1e-6) * 1000) / fps;
  }

  it.each([
    [50, 30, 67],
    [60, 30, 67],
    [67, 30, 100],
    [60, 25, 80],
    [200, 30, 200],
  ])('are modelled as measured with 1.20.1: %d ms at %d fps gives %d ms', (settingMs, fps, partMs) => {
    expect(Math.round(servedMs(settingMs, fps))).toBe(partMs);
  });

  it.each([
    [67, 30, 67],
    [100, 30, 100],
    [200, 30, 200],
    [67, 25, 80],
    [67, 15, 67],
    [67, 60, 67],
    [500, 30, 500],
    [1000, 30, 1000],
    [200, 5, 200],
  ])('a wish for parts of %d ms at %d fps gives %d ms', (partMs, fps, servedAsMs) => {
    const { partMs: settingMs } = hlsSettings({ partMs, fps, gopMs: 1000 });
    expect(Math.round(servedMs(settingMs, fps))).toBe(servedAsMs);
  });

  it('make a segment of each GOP', () => {
    expect(hlsSettings({ partMs: 67, fps: 30, gopMs: 1000 })).toEqual({
      partMs: 60,
      segmentMs: 900,
      segmentCount: 10,
    });
  });
});
