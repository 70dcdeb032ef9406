import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WhepTile } from '../../../../../src/viewer/player/whep-tile.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeElements, FakePeer } from './fake-peer.ts';

vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakePeer.made.length = 0;
});

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(answer: () => Promise<Response> = created) {
  const video = new FakeElements();
  const time = new FakeTime();
  const requests: string[] = [];
  const told: string[] = [];
  const tile = new WhepTile({
    video: video.element,
    camera: 'front',
    target: { url: 'http://relay/whep', token: 't' },
    fetch: (url, init) => {
      requests.push(`${init?.method} ${url}`);
      return init?.method === 'POST' ? answer() : Promise.resolve(new Response());
    },
    createPeer: () => new FakePeer().connection,
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
    const { video, told, tile } = await arrived();
    expect(told).toEqual(['picture']);
    expect(video.srcObject).toBeNull();
    expect(tile.ready()).toBe(false);
  });

  it('takes over the element without a black moment', async () => {
    const { video, tile } = await arrived();
    const seen: string[] = [];
    tile.show(() => seen.push(`released, poster "${video.poster}"`));
    expect(seen).toEqual(['released, poster ""']);
    expect(video.srcObject).toBe(STREAM);
    expect(video.poster).toBe('data:image/jpeg;base64,last');
    expect(video.trials[0]?.srcObject).toBeNull();
    video.dispatchEvent(new Event('playing'));
    expect(video.poster).toBe('');
    expect(tile.ready()).toBe(true);
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
      target: { url: '', token: '' },
      fetch: created,
      createPeer: () => {
        throw new ReferenceError('RTCPeerConnection is not defined');
      },
      clock: time,
      relayNowMs: () => 0,
      onPicture: () => {},
      onFailure: (reason) => told.push(reason),
      log: () => {},
    }).start();
    await settled();
    expect(told).toEqual(['WebRTC failed (ReferenceError: RTCPeerConnection is not defined)']);
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
    tile.sample();
    expect(video.asked).toBe(false);
    tile.show(() => {});
    tile.sample();
    expect(tile.programMs()).toBeUndefined();
    video.frame(meta);
    expect(tile.programMs()).toBe(1_000_000 + time.now() - ageMs);
  });

  it('is never sought, held or sped up', async () => {
    const { video, tile } = await arrived();
    tile.show(() => {});
    tile.setRate();
    tile.seek();
    expect([tile.rate(), tile.bufferAheadMs(), tile.locate(), video.playbackRate]).toEqual([
      1,
      0,
      undefined,
      1,
    ]);
  });
});
