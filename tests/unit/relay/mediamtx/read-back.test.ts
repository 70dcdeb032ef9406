import { describe, expect, it } from 'vitest';
import { findDifferences, type Reported } from '../../../../relay/mediamtx/read-back.ts';
import { mediamtxSettings, PLAN_HLS } from '../../../../relay/mediamtx/settings.ts';

const asked = mediamtxSettings({
  ports: { rtsp: 1001, hls: 1002, api: 1003 },
  secrets: { pathKey: 'a1b2', password: 'open sesame', insidePassword: 'the secret' },
  hls: PLAN_HLS,
  readers: { username: 'player', password: 'for players' },
  webrtc: undefined,
});

/** As MediaMTX reports it: durations in its own notation, passwords hidden, keys that nobody asked for. */
function reported(change: Record<string, unknown> = {}): Reported {
  const users = structuredClone(asked.global.authInternalUsers);
  const hidden = Array.isArray(users) ? users.map((user) => ({ ...user, pass: '<redacted>' })) : [];
  return {
    global: {
      ...asked.global,
      authInternalUsers: hidden,
      hlsSegmentDuration: '1s',
      readTimeout: '0m10s',
      sysLogPrefix: 'mediamtx',
      ...change,
    },
    pathDefaults: { ...asked.pathDefaults, maxReaders: 0 },
    pathNames: Object.keys(asked.paths),
  };
}

describe('reading settings back', () => {
  it('finds no difference in another notation of the same', () => {
    expect(findDifferences(asked, reported())).toEqual([]);
  });

  it.each([
    [{ hlsPartDuration: '50ms' }, 'hlsPartDuration is "50ms", not "200ms"'],
    [{ hlsPartDuration: '200' }, 'hlsPartDuration is "200", not "200ms"'],
    [{ hlsSegmentCount: 7 }, 'hlsSegmentCount is 7, not 10'],
    [{ rtmp: true }, 'rtmp is true, not false'],
    [{ rtspTransports: ['tcp', 'udp'] }, 'rtspTransports is ["tcp","udp"], not ["tcp"]'],
    [{ apiAllowOrigins: ['*'] }, 'apiAllowOrigins is ["*"], not []'],
    [{ moq: undefined }, 'moq is not known to it'],
    [{ hlsCDNSecret: 'another' }, 'hlsCDNSecret is "another", not ""'],
    [{ authInternalUsers: [] }, 'authInternalUsers is not what was asked for'],
  ])('tells %j', (change, sentence) => {
    expect(findDifferences(asked, reported(change))).toEqual([sentence]);
  });

  it('tells a permission that was widened', () => {
    const { global } = reported();
    const users = structuredClone(global.authInternalUsers);
    if (!Array.isArray(users)) throw new Error('no users');
    users[1].permissions[0].path = '';
    expect(findDifferences(asked, reported({ authInternalUsers: users }))).toEqual([
      'authInternalUsers is not what was asked for',
    ]);
  });

  it('tells defaults and names of paths that differ, without the key', () => {
    const differences = findDifferences(asked, {
      ...reported(),
      pathDefaults: { ...asked.pathDefaults, overridePublisher: true },
      pathNames: ['all_others'],
    });
    expect(differences).toEqual([
      'pathDefaults: overridePublisher is true, not false',
      'it has 1 paths, which are not the 2 asked for',
    ]);
  });
});
