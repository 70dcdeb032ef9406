import parseM3U8 from 'm3u8parse';
import { describe, expect, it } from 'vitest';
import { HlsRoutes } from '../../../../relay/edge/hls.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

interface Answer {
  readonly status: number;
  readonly kind: string;
  readonly body: readonly (string | Uint8Array)[];
  readonly maxAgeS?: number;
}

/** One camera with one rung; ten parts of 100 ms in a segment. */
function setUp(parts = 23, rungs: readonly string[] = ['main']) {
  const time = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1', rungs });
  if (parts > 0) camera.feed(parts);
  const other = new SyntheticCamera({ id: 'cam2', rungs: [] });
  const cameras = new Map([camera, other].map((each) => [each.id, each]));
  const routes = new HlsRoutes({ cameras, timers: time, runOf: (of) => (of === camera ? 'r1' : 'r2') });
  const abort = new AbortController();
  const ask = async (path: string, query = ''): Promise<Answer> => {
    const answer = await routes.answer(`/live/${path}`, new URLSearchParams(query), abort.signal);
    if (answer.kind === 'error') return { ...answer, body: [`${answer.sentence}\n`] };
    if (answer.kind === 'media') return { ...answer, status: 200 };
    return { ...answer, status: 200, body: [answer.body.text] };
  };
  /** Takes the camera out of the configuration, or puts another one in its place. */
  const replace = (by?: SyntheticCamera): void => {
    cameras.delete(camera.id);
    if (by !== undefined) cameras.set(camera.id, by);
    routes.cameraGone(camera);
  };
  return { time, camera, other, ask, abort, replace };
}

const text = ({ body }: Answer): string => body.join('');
/** What the answer is by now, after everything that can go on has gone on. */
async function settled(answer: Promise<Answer>): Promise<Answer | 'waiting'> {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([answer, Promise.resolve('waiting' as const)]);
}

describe('multivariant playlist', () => {
  it('lists the rungs with the bit rate that a segment really had', async () => {
    const { ask } = setUp(23, ['main', 'small']);
    const answer = await ask('cam1/index.m3u8');
    const playlist = parseM3U8(text(answer), { type: 'main' });
    expect(answer).toMatchObject({ status: 200, kind: 'playlist' });
    expect(playlist.variants.map(({ uri }) => uri)).toEqual(['main/media.m3u8', 'small/media.m3u8']);
    // Ten parts of 1000 bytes in a second are 80 kbit/s; the encoder was asked for 600.
    expect(playlist.variants[0]?.info?.get('bandwidth', 'int')).toBe(80_000);
    expect(playlist.variants[0]?.info?.get('average-bandwidth', 'int')).toBe(80_000);
  });

  it('waits until each rung has a segment: players read it once', async () => {
    const { ask, camera } = setUp(0, []);
    camera.addRung('main');
    camera.feed(11);
    camera.addRung('small');
    const answer = ask('cam1/index.m3u8');
    expect(await settled(answer)).toBe('waiting');
    camera.feed(11);
    expect(text(await answer)).toContain('small/media.m3u8');
  });

  it('waits for the first segment of a camera that is starting', async () => {
    const { ask, camera, time } = setUp(0, []);
    const answer = ask('cam1/index.m3u8');
    expect(await settled(answer)).toBe('waiting');
    camera.addRung('main');
    camera.feed(10);
    expect(await settled(answer)).toBe('waiting');
    camera.feed(1);
    expect((await answer).status).toBe(200);
    expect([camera.listeners, time.pending]).toEqual([0, 0]);
  });

  it('says why there are no pictures when none come', async () => {
    const { ask, other, time } = setUp();
    other.change({ state: 'offline', reason: 'the camera refused the connection' });
    const answer = ask('cam2/index.m3u8');
    time.advance(8000);
    expect(await answer).toMatchObject({ status: 503, kind: 'error' });
    expect(text(await answer)).toBe(
      'camera "cam2" has no pictures yet (offline): the camera refused the connection\n',
    );
  });
});

describe('media playlist', () => {
  const read = (answer: Answer) => parseM3U8(text(answer), { type: 'media' });

  it('names the run of the relay in every media address', async () => {
    const { ask } = setUp();
    const addresses =
      text(await ask('cam1/main/media.m3u8')).match(/[a-z]+-[^"\n]*\.(?:mp4|m4s)[^"\n]*/g) ?? [];
    expect(addresses.length).toBeGreaterThan(20);
    expect(addresses.filter((address) => !address.endsWith('?run=r1'))).toEqual([]);
  });

  it('without directives waits for the first whole segment only', async () => {
    const { ask, camera } = setUp(5);
    const answer = ask('cam1/main/media.m3u8');
    expect(await settled(answer)).toBe('waiting');
    camera.feed(6);
    expect(read(await answer).segments).toHaveLength(2);
    expect(read(await ask('cam1/main/media.m3u8')).media_sequence).toBe(0);
  });

  it('blocks until the part is there and answers with the very next one', async () => {
    const { ask, camera, time } = setUp();
    const answer = ask('cam1/main/media.m3u8', '_HLS_msn=2&_HLS_part=4');
    camera.feed(1);
    expect(await settled(answer)).toBe('waiting');
    camera.feed(1);
    expect(read(await answer).isValidMsn(2, 4)).toBe(true);
    expect(time.pending).toBe(0);
  });

  it('blocks until a whole segment is there when no part is named', async () => {
    const { ask, camera } = setUp();
    const answer = ask('cam1/main/media.m3u8', '_HLS_msn=2');
    camera.feed(7);
    expect(await settled(answer)).toBe('waiting');
    camera.feed(1);
    expect(text(await answer)).toContain('\nseg-2.m4s?run=r1\n');
  });

  it('answers at once for what is there or was there', async () => {
    const { ask } = setUp();
    for (const query of ['_HLS_msn=0', '_HLS_msn=1&_HLS_part=3', '_HLS_msn=2&_HLS_part=2'])
      expect((await ask('cam1/main/media.m3u8', query)).status).toBe(200);
  });

  it('takes a part behind the end of a segment as the first of the next', async () => {
    const { ask, camera } = setUp(20);
    camera.timeline().closeSegment();
    const answer = ask('cam1/main/media.m3u8', '_HLS_msn=1&_HLS_part=10');
    expect(await settled(answer)).toBe('waiting');
    camera.feed(1);
    expect(read(await answer).isValidMsn(2, 0)).toBe(true);
  });

  it('gives up after three target durations', async () => {
    const { ask, time } = setUp();
    const answer = ask('cam1/main/media.m3u8', '_HLS_msn=2&_HLS_part=3');
    await settled(answer);
    time.advance(2999);
    expect(await settled(answer)).toBe('waiting');
    time.advance(1);
    expect((await answer).status).toBe(503);
  });

  it.each(['_HLS_msn=5', '_HLS_msn=2&_HLS_part=99', '_HLS_part=1', '_HLS_msn=x'])(
    'refuses %s',
    async (query) => {
      expect(await setUp().ask('cam1/main/media.m3u8', query)).toMatchObject({ status: 400, kind: 'error' });
    },
  );

  it('lets go of a client that went away', async () => {
    const { ask, abort, time } = setUp();
    const answer = ask('cam1/main/media.m3u8', '_HLS_msn=2&_HLS_part=3');
    await settled(answer);
    abort.abort();
    await answer;
    expect(time.pending).toBe(0);
  });
});

describe('media', () => {
  it('serves init, parts and segments from the memory they lie in', async () => {
    const { ask, camera } = setUp();
    const timeline = camera.timeline();
    expect((await ask('cam1/main/init-e0.mp4')).body[0]).toBe(timeline.init('e0')?.bytes);
    expect((await ask('cam1/main/part-14.m4s')).body[0]).toBe(timeline.part(1, 4)?.data);
    const segment = await ask('cam1/main/seg-1.m4s', 'run=r1');
    expect(segment).toMatchObject({ status: 200, kind: 'media' });
    expect(segment.body).toEqual(timeline.segment(1)?.parts.map(({ data }) => data));
  });

  it('blocks on the preload hint until the part is made', async () => {
    const { ask, camera } = setUp();
    const answer = ask('cam1/main/part-23.m4s');
    expect(await settled(answer)).toBe('waiting');
    const part = camera.feed(1);
    expect((await answer).body[0]).toBe(part.data);
  });

  it('keeps the name of the preload hint when a new segment begins with the part, or a new epoch', async () => {
    const { ask, camera } = setUp(30);
    for (const serial of [30, 31]) {
      const answer = ask(`cam1/main/part-${serial}.m4s`);
      expect(await settled(answer)).toBe('waiting');
      const part = camera.feed(1);
      expect(part.index).toBe(0);
      expect((await answer).body[0]).toBe(part.data);
      camera.newEpoch();
    }
  });

  it('blocks on the first part of the next segment while none is open', async () => {
    const { ask, camera } = setUp(20);
    camera.timeline().closeSegment();
    const answer = ask('cam1/main/part-20.m4s');
    expect(await settled(answer)).toBe('waiting');
    const part = camera.feed(1);
    expect((await answer).body[0]).toBe(part.data);
  });

  it('gives up on a part that is not made in time', async () => {
    const { ask, time } = setUp();
    const answer = ask('cam1/main/part-23.m4s');
    await settled(answer);
    time.advance(3000);
    expect((await answer).status).toBe(503);
  });

  it.each([
    'part-24.m4s',
    'part-99999999999999999999.m4s',
    'seg-2.m4s',
    'seg-9.m4s',
    'init-nope.mp4',
    'init-../x.mp4',
    'part-1.4.m4s',
    '',
  ])('has no %s', async (file) => {
    expect(await setUp().ask(`cam1/main/${file}`)).toMatchObject({ status: 404, kind: 'error' });
  });
});

describe('addresses that lead nowhere', () => {
  it.each([
    ['cam9/index.m3u8', 'unknown camera "cam9": this relay has cam1, cam2'],
    ['<b>%0d/index.m3u8', 'unknown camera "?b?%0d": this relay has cam1, cam2'],
    ['cam1/tiny/media.m3u8', 'unknown rung "tiny": this relay has main'],
    ['cam1', 'nothing here: the playlist of this camera is /live/cam1/index.m3u8'],
    ['cam1/main/media.m3u8/x', 'nothing here: the playlist of this camera is /live/cam1/index.m3u8'],
  ])('%s', async (path, sentence) => {
    const answer = await setUp().ask(path);
    expect([answer.status, text(answer)]).toEqual([404, `${sentence}\n`]);
  });

  it('an address from an earlier run of the relay', async () => {
    const answer = await setUp().ask('cam1/main/part-14.m4s', 'run=r0');
    expect([answer.status, text(answer)]).toEqual([
      404,
      expect.stringContaining('before the relay was restarted'),
    ]);
  });
});

describe('a camera that the configuration has no longer', () => {
  it('is not found, not by who waits for it either', async () => {
    const { ask, replace } = setUp();
    const waiting = ask('cam1/main/media.m3u8', '_HLS_msn=2&_HLS_part=3');
    const elsewhere = ask('cam2/index.m3u8');
    expect(await settled(waiting)).toBe('waiting');
    replace();
    expect(await waiting).toMatchObject({
      status: 404,
      body: ['the configuration of camera "cam1" changed: load the playlist again\n'],
    });
    expect(text(await ask('cam1/index.m3u8'))).toBe('unknown camera "cam1": this relay has cam2\n');
    expect(await settled(elsewhere)).toBe('waiting');
  });

  it('leaves no media under its addresses to the one in its place', async () => {
    const { ask, replace } = setUp();
    const next = new SyntheticCamera({ id: 'cam1' });
    next.feed(23);
    expect(text(await ask('cam1/main/media.m3u8'))).toContain('seg-1.m4s?run=r1');
    replace(next);
    expect(text(await ask('cam1/main/media.m3u8'))).toContain('seg-1.m4s?run=r2');
    expect((await ask('cam1/main/seg-1.m4s', 'run=r1')).status).toBe(404);
    expect((await ask('cam1/main/seg-1.m4s', 'run=r2')).status).toBe(200);
  });
});
