import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { diffConfigs, isSame } from '../../../../relay/config/diff.ts';
import { type Config, configSchema } from '../../../../relay/config/schema.ts';

const rtsp = (id: string, more: object = {}, source: object = {}) => ({
  id,
  source: { type: 'rtsp', url: `rtsp://${id}/main`, ...source },
  ...more,
});
const config = (cameras: readonly object[], rest: object = {}): Config =>
  v.parse(configSchema, { ...rest, cameras });
const NOTHING = { added: [], removed: [], changed: [], moved: false, restart: [] };

describe('diffConfigs', () => {
  it('finds nothing in a file that was only written anew', () => {
    const diff = diffConfigs(
      config([rtsp('a')], { server: { port: 8780 } }),
      config([rtsp('a', { offsetMs: 0 })]),
    );
    expect(diff).toEqual(NOTHING);
    expect(isSame(diff)).toBe(true);
  });

  it('tells which cameras came and went', () => {
    const diff = diffConfigs(config(['a', 'b', 'c'].map((id) => rtsp(id))), config([rtsp('d'), rtsp('b')]));
    expect(diff).toEqual({ ...NOTHING, added: ['d'], removed: ['a', 'c'] });
    expect(isSame(diff)).toBe(false);
  });

  it('tells when those that stay are in another order', () => {
    const before = config(['a', 'b', 'c'].map((id) => rtsp(id)));
    expect(diffConfigs(before, config(['c', 'a', 'b'].map((id) => rtsp(id))))).toEqual({
      ...NOTHING,
      moved: true,
    });
    expect(diffConfigs(before, config(['x', 'a', 'c'].map((id) => rtsp(id)))).moved).toBe(false);
  });

  it.each([
    ['a name', rtsp('a', { name: 'Door' }), ['name'], false],
    ['an offset and a name', rtsp('a', { name: 'Door', offsetMs: 40 }), ['name', 'offsetMs'], false],
    ['an address', rtsp('a', {}, { url: 'rtsp://b/main' }), ['source.url'], true],
    [
      'a password',
      rtsp('a', {}, { username: 'u', password: 'hush' }),
      ['source.username', 'source.password'],
      true,
    ],
    ['substreams', rtsp('a', {}, { substreams: [{ url: 'rtsp://a/sub' }] }), ['source.substreams'], true],
    ['a name and a rate', rtsp('a', { name: 'Door', encode: { fps: 15 } }), ['encode.fps', 'name'], true],
    [
      'another kind',
      { id: 'a', source: { type: 'file', path: '/x' } },
      ['source.type', 'source.url', 'source.path'],
      true,
    ],
  ])('names the keys of %s, and whether it takes new processes', (_about, camera, keys, anew) => {
    const { changed, ...rest } = diffConfigs(config([rtsp('a')]), config([camera]));
    expect(changed).toEqual([{ id: 'a', keys: expect.arrayContaining(keys), anew }]);
    expect(changed[0]?.keys).toHaveLength(keys.length);
    expect(rest).toEqual({ added: [], removed: [], moved: false, restart: [] });
    expect(JSON.stringify(changed)).not.toContain('hush');
  });

  it('knows that a synthetic picture shows its name', () => {
    const test = (name: string) => config([{ id: 'a', name, source: { type: 'test' } }]);
    expect(diffConfigs(test('Door'), test('Gate')).changed).toEqual([
      { id: 'a', keys: ['name'], anew: true },
    ]);
  });

  it('names what only a new start of the relay reads', () => {
    const before = config([rtsp('a')], { server: { port: 1 } });
    const after = config([rtsp('a')], {
      server: { port: 2, allowOrigins: ['https://wall.example'] },
      ffmpeg: '/opt/ffmpeg',
      mediamtx: { webrtc: { enabled: true } },
    });
    expect([...diffConfigs(before, after).restart].sort()).toEqual([
      'ffmpeg',
      'mediamtx.webrtc.enabled',
      'server.allowOrigins',
      'server.port',
    ]);
  });
});
