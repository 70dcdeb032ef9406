import { describe, expect, it } from 'vitest';
import { type Draft, draftAt, draftsOf, idFor, onlyNew, withLogin } from '../../../../relay/setup/draft.ts';

const LOGIN = { username: 'viewer', password: 's3cr3t' };

describe('idFor', () => {
  it.each([
    ['Front door', [], 'front-door'],
    ['Küche & Straße', [], 'kueche-strasse'],
    ['Café', [], 'cafe'],
    ['192.0.2.7', [], '192-0-2-7'],
    ['前门', [], 'camera-1'],
    ['前门', ['camera-1'], 'camera-2'],
    ['Door', ['door', 'door-2'], 'door-3'],
    ['a'.repeat(40), ['a'.repeat(32)], `${'a'.repeat(30)}-2`],
  ])('%j beside %j is %j', (name, taken, expected) => {
    expect(idFor(name, new Set(taken))).toBe(expected);
  });
});

describe('draftsOf', () => {
  const stream = (width: number, height: number, lens: string) => ({
    ...{
      name: `${width}`,
      url: `rtsp://192.0.2.7/${lens}/${width}`,
      codec: 'H264',
      size: { width, height },
      lens,
    },
    ...{ fps: 25, gop: 50 },
  });
  it('makes one camera of each lens, with the login that it was asked with', () => {
    const streams = [stream(1920, 1080, 'a'), stream(640, 360, 'a'), stream(1280, 720, 'b')];
    const camera = { id: 'x', name: 'Yard', model: undefined, url: 'http://192.0.2.7/onvif/device_service' };
    const answer = { kind: 'streams', model: undefined, streams, open: false } as const;
    expect(draftsOf({ ...camera, answer }, LOGIN).map(({ name, source }) => ({ name, source }))).toEqual([
      {
        name: 'Yard',
        source: {
          ...{ type: 'rtsp', url: 'rtsp://192.0.2.7/a/1920', ...LOGIN, onvifId: 'x' },
          substreams: [{ url: 'rtsp://192.0.2.7/a/640' }],
        },
      },
      {
        name: 'Yard 2',
        source: { type: 'rtsp', url: 'rtsp://192.0.2.7/b/1280', ...LOGIN, onvifId: 'x' },
      },
    ]);
    const named = [{ ...stream(1920, 1080, 'a'), url: 'rtsp://cam.local/a' }];
    const [draft] = draftsOf({ ...camera, answer: { ...answer, streams: named } }, LOGIN);
    // A name follows its camera by itself.
    expect(draft?.source).not.toHaveProperty('onvifId');
    expect(draftsOf({ ...camera, answer: { kind: 'refused' } }, LOGIN)).toEqual([]);
  });
});

describe('a stream that was named', () => {
  it('has the name of its host and the common login, unless it brings its own', () => {
    expect(withLogin(draftAt('rtsp://192.0.2.7/a', undefined), LOGIN)).toMatchObject({
      name: '192.0.2.7',
      source: { url: 'rtsp://192.0.2.7/a', ...LOGIN },
    });
    expect(withLogin(draftAt('rtsp://me:x@192.0.2.7/a', 'Door'), LOGIN).source).toEqual({
      type: 'rtsp',
      url: 'rtsp://me:x@192.0.2.7/a',
    });
  });
});

describe('onlyNew', () => {
  const at = (name: string, url: string): Draft => draftAt(url, name);
  it('leaves out what stands there already, however it is written, and what comes twice', () => {
    const drafts = [at('A', 'rtsp://CAM:554/1'), at('B', 'rtsp://cam/2'), at('C', 'rtsp://u:p@cam/2')];
    const { drafts: fresh, left } = onlyNew(drafts, ['rtsp://cam/1']);
    expect(fresh.map(({ name }) => name)).toEqual(['B']);
    expect(left).toEqual([
      '"A" is left out: the configuration has the same address already.',
      '"C" is left out: "B" has the same address already.',
    ]);
  });
});
