import { describe, expect, it } from 'vitest';
import type { OnvifAnswer } from '../../../../relay/discovery/onvif-camera.ts';
import {
  type NamedCamera,
  problemOf,
  sharedAddresses,
  titleOf,
  withAnswer,
} from '../../../../relay/discovery/seen-camera.ts';

const camera = (name: string | undefined, host = '192.0.2.7'): NamedCamera => ({
  ...{ id: `urn:uuid:${name}`, name, model: undefined },
  url: `http://${host}/onvif/device_service`,
});

describe('sharedAddresses', () => {
  it('names the cameras of one address, and what to do', () => {
    expect(sharedAddresses([camera('Door'), camera('Yard', '192.0.2.8'), camera('Gate')])).toEqual([
      '"Door" and "Gate" have one address, 192.0.2.7: give one of them another in its settings, or let the router do it (DHCP).',
    ]);
    // A recorder has a port for each of its cameras.
    expect(sharedAddresses([camera('1', '192.0.2.7:8001'), camera('2', '192.0.2.7:8002')])).toEqual([]);
  });
});

describe('a camera that was asked', () => {
  it('is called by its name, else by its model, else by its address', () => {
    const answer: OnvifAnswer = { kind: 'streams', model: 'Maker X1', streams: [], open: true };
    expect(titleOf(camera('Door'))).toBe('Door');
    expect(titleOf(camera(undefined))).toBe('192.0.2.7');
    expect(titleOf(withAnswer(camera(undefined), answer))).toBe('Maker X1');
  });

  it.each<[OnvifAnswer, RegExp | undefined]>([
    [{ kind: 'locked' }, /wants a user/],
    [{ kind: 'refused' }, /tried once: many cameras lock the account/],
    [{ kind: 'failed', why: 'nothing listens there' }, /cannot be asked: nothing listens there\.$/],
    [
      { kind: 'streams', model: undefined, streams: [], open: true },
      /no stream with video\. Make a profile with H\.264/,
    ],
    [
      {
        ...{ kind: 'streams', model: undefined, open: true },
        streams: [
          {
            name: 'a',
            url: 'rtsp://a/',
            codec: 'H264',
            size: undefined,
            fps: undefined,
            gop: undefined,
            lens: undefined,
          },
        ],
      },
      undefined,
    ],
  ])('says of %j what is wrong and what to do', (answer, words) => {
    const problem = problemOf(withAnswer(camera('Door'), answer));
    if (words === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatch(words);
  });
});
