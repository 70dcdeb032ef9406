import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MediaPlaylists } from '../../../../relay/edge/playlists.ts';
import { RELATIVE_URIS } from '../../../../src/wire/playlist.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp(rungs = ['main', 'small']) {
  const camera = new SyntheticCamera({ id: 'cam1', rungs });
  camera.feed(23);
  let renderings = 0;
  const playlists = new MediaPlaylists({
    ...RELATIVE_URIS,
    segment: (msn) => {
      if (msn === 1) renderings += 1;
      return RELATIVE_URIS.segment(msn);
    },
  });
  const [, ...others] = camera.rungs();
  const body = (skip = false) => playlists.body(camera.timeline(), others, skip);
  return { camera, body, count: () => renderings };
}

describe('a media playlist', () => {
  it('is made once for each part, whoever asks', () => {
    const { camera, body, count } = setUp();
    const first = body();
    expect([body(), body(true) === first, count()]).toEqual([first, false, 2]);
    camera.feed(1);
    expect(body()).not.toBe(first);
    expect(body().etag).not.toBe(first.etag);
    camera.timeline().closeSegment();
    expect(body().text).toContain('seg-2.m4s');
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
