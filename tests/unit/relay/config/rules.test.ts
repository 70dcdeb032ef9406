import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { configWarnings, isLoopback } from '../../../../relay/config/rules.ts';
import { configSchema } from '../../../../relay/config/schema.ts';

const configWith = (server: object) =>
  v.parse(configSchema, { server, cameras: [{ id: 'a', source: { type: 'test' } }] });

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.1', 'localhost', '::1'])('knows %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '192.168.1.4', '127.0.0.1.example.org', 'camera-host'])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('configWarnings', () => {
  it('has nothing to say about the default', () => {
    expect(configWarnings(configWith({}))).toEqual([]);
  });

  it('says that the network can reach the relay', () => {
    expect(configWarnings(configWith({ host: '0.0.0.0' }))).toEqual([
      {
        key: 'server.host',
        what: 'server.host is 0.0.0.0: the relay can be reached from the network, without encryption',
        fix: 'Use 127.0.0.1 unless you trust everyone on that network, or encrypt with `lockstep cert`.',
      },
    ]);
  });

  it('has nothing to say about a network that is reached over TLS', () => {
    const tls = { certificate: 'a.crt', key: 'a.key' };
    expect(configWarnings(configWith({ host: '0.0.0.0', tls }))).toEqual([]);
    expect(configWarnings(configWith({ host: '0.0.0.0', tls, hlsAccess: 'open' }))[0]?.what).toBe(
      'server.host is 0.0.0.0: the relay can be reached from the network, and server.hlsAccess is open: everyone there can watch',
    );
  });

  it('says when everyone on the network can watch', () => {
    expect(configWarnings(configWith({ host: '10.0.0.4', hlsAccess: 'open' }))[0]?.what).toBe(
      'server.host is 10.0.0.4: the relay can be reached from the network, without encryption, and server.hlsAccess is open: everyone there can watch',
    );
  });

  it('says when WebRTC is asked for without MediaMTX', () => {
    const config = v.parse(configSchema, {
      mediamtx: { enabled: false, webrtc: { enabled: true } },
      cameras: [{ id: 'a', source: { type: 'test' } }],
    });
    expect(configWarnings(config)).toEqual([
      {
        key: 'mediamtx.webrtc',
        what: 'mediamtx.webrtc.enabled has no effect: mediamtx.enabled is false',
        fix: 'Set "mediamtx.enabled" to auto or true, or remove it.',
      },
    ]);
  });

  it('accepts open playlists on loopback', () => {
    expect(configWarnings(configWith({ hlsAccess: 'open' }))).toEqual([]);
  });
});
