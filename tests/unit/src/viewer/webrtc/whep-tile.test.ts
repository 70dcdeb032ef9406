import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WhepTile } from '../../../../../src/viewer/webrtc/whep-tile.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeElements, FakePeer } from './fake-peer.ts';

vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakePeer.made.length = 0;
});

let h264 = true;

beforeEach(() => {
  h264 = true;
});

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(answer: () => Promise<Response> = created, rung?: string) {
  const video = new FakeElements();
  const time = new FakeTime();
  const requests: string[] = [];
  const told: string[] = [];
  const tile = new WhepTile({
    video: video.element,
    camera: 'front',
    rung,
    target: { url: 'http://relay/whep', token: 't' },
    fetch: (url, init) => {
      requests.push(`${init?.method} ${url}`);
      return init?.method === 'POST' ? answer() : Promise.resolve(new Response());
    },
    createPeer: () => new FakePeer().connection,
    receivesH264: () => h264,
    clock: time,
    relayNowMs: () => 1_000_000 + time.now(),
    onPicture: () => told.push('picture'),
    onFailure: (reason) => told.push(reason),
    log: () => {},
  });
  const peer = (): FakePeer => {
    const made = FakePeer.made[0];
    if (made === undefined) throw new Error('no peer connection');
    return made;
  };
  return { video, time, requests, told, tile, peer };
}

const created = () =>
  Promise.resolve(new Response('the answer', { status: 201, headers: { Location: 'front/main/s1' } }));
const STREAM = { id: 'stream' };

/** A tile whose first picture is there, but not shown yet. */
async function arrived() {
  const rig = setUp();
  rig.tile.start();
  await settled();
  rig.peer().track(STREAM);
  rig.video.trials[0]?.dispatchEvent(new Event('loadeddata'));
  return rig;
}

describe('WhepTile', () => {
  it('offers to receive one video, with the smallest buffer, and takes the answer', async () => {
    const { tile, peer, requests } = setUp();
    tile.start();
    await settled();
    expect(peer().kinds).toEqual(['video recvonly']);
    expect(peer().receiver.jitterBufferTarget).toBe(0);
    expect(requests).toEqual(['POST http://relay/whep/front']);
    expect(peer().remote).toBe('the answer');
  });

  it('leaves the element to whoever plays in it until a picture is there', async () => {
    const { video, told } = await arrived();
    expect(told).toEqual(['picture']);
    expect(video.srcObject).toBeNull();
  });

  it('takes over the element without a black moment', async () => {
    const { video, tile } = await arrived();
    const seen: string[] = [];
    tile.show(() => seen.push(`released, poster "${video.poster}"`));
    expect(seen).toEqual(['released, poster ""']);
    expect(video.srcObject).toBe(STREAM);
    expect(video.poster).toBe('data:image/jpeg;base64,last');
    expect(video.trials[0]?.srcObject).toBeNull();
    // Of the source before: it comes when that one is gone already.
    video.readyState = 0;
    video.dispatchEvent(new Event('playing'));
    expect(video.poster).toBe('data:image/jpeg;base64,last');
    video.readyState = 4;
    video.dispatchEvent(new Event('playing'));
    expect(video.poster).toBe('');
  });

  it('hangs up and leaves the last picture', async () => {
    const { video, tile, peer, requests } = await arrived();
    tile.show(() => {});
    video.dispatchEvent(new Event('playing'));
    tile.stop();
    tile.stop();
    expect(video.srcObject).toBeNull();
    expect(video.poster).toBe('data:image/jpeg;base64,last');
    expect(peer().connectionState).toBe('closed');
    expect(requests.slice(1)).toEqual(['DELETE http://relay/whep/front/main/s1']);
  });

  it('does not touch the element when it is stopped before it was shown', async () => {
    const { video, tile } = await arrived();
    video.srcObject = STREAM;
    tile.stop();
    expect(video.srcObject).toBe(STREAM);
    expect(video.poster).toBe('');
  });

  it('hangs up a session that it got after it was stopped', async () => {
    const { tile, requests, told } = setUp();
    tile.start();
    tile.stop();
    await settled();
    expect(requests).toEqual(['POST http://relay/whep/front', 'DELETE http://relay/whep/front/main/s1']);
    expect(told).toEqual([]);
  });

  it.each(['failed', 'closed'])('tells when the connection has %s', async (state) => {
    const { told, peer } = await arrived();
    peer().become('disconnected');
    peer().become(state);
    expect(told).toEqual(['picture', 'the WebRTC connection ended']);
  });

  it('tells the relay’s reason when it refuses', async () => {
    const { tile, told } = setUp(() => Promise.resolve(new Response('no pictures yet', { status: 503 })));
    tile.start();
    await settled();
    expect(told).toEqual(['no pictures yet']);
  });

  it('tells when the browser has no WebRTC', async () => {
    const video = new FakeElements();
    const told: string[] = [];
    const time = new FakeTime();
    new WhepTile({
      video: video.element,
      camera: 'front',
      rung: undefined,
      target: { url: '', token: '' },
      fetch: created,
      createPeer: () => {
        throw new ReferenceError('RTCPeerConnection is not defined');
      },
      receivesH264: () => true,
      clock: time,
      relayNowMs: () => 0,
      onPicture: () => {},
      onFailure: (reason) => told.push(reason),
      log: () => {},
    }).start();
    await settled();
    expect(told).toEqual(['WebRTC failed (ReferenceError: RTCPeerConnection is not defined)']);
  });

  it('does not call while the browser has no H.264 for WebRTC', async () => {
    const { tile, told, requests } = setUp();
    h264 = false;
    tile.start();
    await settled();
    expect(told).toEqual(['this browser has no H.264 for WebRTC']);
    expect(requests).toEqual([]);
    expect(FakePeer.made).toEqual([]);
  });

  it.each([
    ['its capture time', { captureTime: 900, receiveTime: 912, expectedDisplayTime: 930 }, 30],
    ['its arrival, where there is no capture time', { receiveTime: 912, expectedDisplayTime: 930 }, 18],
    [
      'its arrival, where the capture time is of another clock',
      { captureTime: -90_000, receiveTime: 912, expectedDisplayTime: 930 },
      18,
    ],
  ])('dates the picture by %s', async (_by, meta, ageMs) => {
    const { video, time, tile } = await arrived();
    tile.step(false);
    expect(video.asked).toBe(false);
    tile.show(() => {});
    tile.step(false);
    expect(tile.programMs()).toBeUndefined();
    video.frame(meta);
    expect(tile.programMs()).toBe(1_000_000 + time.now() - ageMs);
  });
});

/** A tile that plays the rung `low`, with `run` as its wall's steps. */
async function playingLow() {
  let sessions = 0;
  const answer = (): Promise<Response> => {
    sessions += 1;
    const headers = { Location: `s${sessions}` };
    return Promise.resolve(new Response('the answer', { status: 201, headers }));
  };
  const rig = setUp(answer, 'low');
  const { tile, time, video, requests } = rig;
  tile.start();
  await settled();
  rig.peer().track(STREAM);
  video.trials[0]?.dispatchEvent(new Event('loadeddata'));
  tile.show(() => {});
  video.dispatchEvent(new Event('playing'));
  const run = async (ms: number, hidden = false): Promise<void> => {
    for (let done = 0; done < ms; done += 250) {
      time.advance(250);
      tile.step(hidden);
      await settled();
    }
  };
  requests.length = 0;
  /** The newest session's first picture. */
  const picture = (stream: object): void => {
    FakePeer.made.at(-1)?.track(stream);
    video.trials.at(-1)?.dispatchEvent(new Event('loadeddata'));
  };
  return { ...rig, run, picture };
}

const LARGE = { id: 'large' };
const OPENED = 'POST http://relay/whep/front/high';
const CLOSED_FIRST = 'DELETE http://relay/whep/front/s1';
const CLOSED_SECOND = 'DELETE http://relay/whep/front/s2';

describe('WhepTile with another rung', () => {
  it('plays on until the new rung has a picture, then goes over under the last one', async () => {
    const { tile, video, requests, run, picture } = await playingLow();
    tile.setRung('high');
    await run(1_000);
    expect(requests).toEqual([OPENED]);
    expect([video.srcObject, video.poster, tile.rung, tile.wantedRung]).toEqual([STREAM, '', 'low', 'high']);
    picture(LARGE);
    expect([video.srcObject, video.poster]).toEqual([LARGE, 'data:image/jpeg;base64,last']);
    expect(tile.rung).toBe('high');
    expect(requests.slice(1)).toEqual([CLOSED_FIRST]);
    video.dispatchEvent(new Event('playing'));
    expect(video.poster).toBe('');
    await run(60_000);
    expect(requests).toHaveLength(2);
  });

  it('counts the frames of both sessions', async () => {
    const { tile, video, run, picture } = await playingLow();
    video.total = 100;
    tile.setRung('high');
    await run(250);
    picture(LARGE);
    video.total = 130;
    expect(tile.frames().total).toBe(230);
  });

  it('keeps the rung that plays when there is no picture within 3 s, and tries again as for the first', async () => {
    const { tile, video, requests, told, run } = await playingLow();
    tile.setRung('high');
    await run(3_000);
    expect(requests).toEqual([OPENED]);
    await run(250);
    expect(requests.slice(1)).toEqual([CLOSED_SECOND]);
    await run(9_500);
    expect(requests).toHaveLength(2);
    await run(500);
    expect(requests.slice(2)).toEqual([OPENED]);
    expect([video.srcObject, tile.rung]).toEqual([STREAM, 'low']);
    expect(told).toEqual(['picture']);
  });

  it('keeps the rung that plays when the connection of the new one fails', async () => {
    const { tile, video, requests, told, run } = await playingLow();
    tile.setRung('high');
    await run(250);
    FakePeer.made.at(-1)?.become('failed');
    await run(250);
    expect(requests).toEqual([OPENED, CLOSED_SECOND]);
    expect([video.srcObject, told]).toEqual([STREAM, ['picture']]);
  });

  it('wants only the newest wish', async () => {
    const { tile, video, requests, run, picture } = await playingLow();
    tile.setRung('high');
    await run(500);
    tile.setRung('low');
    await run(5_000);
    expect(requests).toEqual([OPENED, CLOSED_SECOND]);
    picture(LARGE);
    expect(video.srcObject).toBe(STREAM);
  });

  it('changes nothing in a hidden page, and goes over when it is seen again', async () => {
    const { tile, requests, run } = await playingLow();
    tile.setRung('high');
    await run(5_000, true);
    expect(requests).toEqual([]);
    await run(250);
    expect(requests).toEqual([OPENED]);
    await run(5_000, true);
    expect(requests.slice(1)).toEqual([CLOSED_SECOND]);
    await run(250);
    expect(requests.slice(2)).toEqual([OPENED]);
  });

  it('tells when the session that it went over to ends, and not when the one before does', async () => {
    const { tile, told, run, picture } = await playingLow();
    tile.setRung('high');
    await run(250);
    picture(LARGE);
    const [first, second] = FakePeer.made;
    first?.become('closed');
    expect(told).toEqual(['picture']);
    second?.become('failed');
    expect(told).toEqual(['picture', 'the WebRTC connection ended']);
  });

  it('hangs up both sessions when it is stopped in between', async () => {
    const { tile, requests, run, picture, video } = await playingLow();
    tile.setRung('high');
    await run(500);
    tile.stop();
    expect(requests.slice(1).sort()).toEqual([CLOSED_FIRST, CLOSED_SECOND]);
    picture(LARGE);
    expect(video.srcObject).toBeNull();
  });
});
