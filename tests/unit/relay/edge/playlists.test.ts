import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MediaPlaylists } from '../../../../relay/edge/playlists.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp(rungs = ['main', 'small']) {
  const camera = new SyntheticCamera({ id: 'cam1', rungs });
  camera.feed(23);
  const playlists = new MediaPlaylists();
  const [, ...others] = camera.rungs();
  const body = (skip = false) => playlists.body(camera.timeline(), { others, skip, run: 'r1' });
  return { camera, body };
}

describe('a media playlist', () => {
  it('is made once for each part, whoever asks', () => {
    const { camera, body } = setUp();
    const first = body();
    const delta = body(true);
    expect([body() === first, body(true) === delta, delta === first]).toEqual([true, true, false]);
    camera.feed(1);
    expect(body()).not.toBe(first);
    expect(body().etag).not.toBe(first.etag);
    camera.timeline().closeSegment();
    expect(body().text).toContain('seg-2.m4s?run=r1');
  });

  it('is compressed to a fraction', async () => {
    const { body } = setUp();
    const packed = await body().gzip();
    expect(gunzipSync(packed).toString()).toBe(body().text);
    expect(packed.length).toBeLessThan(body().text.length / 4);
  });

  it('tells players where the other rungs are', () => {
    const { body } = setUp();
    expect(body().text).toContain(
      '\n#EXT-X-RENDITION-REPORT:URI="../small/media.m3u8",LAST-MSN=2,LAST-PART=2\n',
    );
    expect(setUp(['main']).body().text).not.toContain('RENDITION-REPORT');
  });
});
