import { describe, expect, it, vi } from 'vitest';
import {
  browserPlayabilities,
  Playabilities,
  type Playability,
} from '../../../../../src/viewer/player/playability.ts';

const H264 = { codecs: 'avc1.640028', width: 1920, height: 1080, fps: 25, bitrateKbps: 4000 };
const HEVC = { ...H264, codecs: 'hvc1.1.6.L120.90' };

function setUp(answer: () => Promise<Playability>) {
  const isTypeSupported = vi.fn((type: string) => type.includes('avc1'));
  const decodingInfo = vi.fn(answer);
  return { isTypeSupported, decodingInfo, playable: new Playabilities({ isTypeSupported, decodingInfo }) };
}
const software = async (): Promise<Playability> => ({
  supported: true,
  smooth: true,
  powerEfficient: false,
});

describe('Playabilities', () => {
  it('takes what isTypeSupported says at once, and what decodingInfo says when it has answered', async () => {
    const { playable, decodingInfo } = setUp(software);
    expect(playable.of(H264)).toEqual({ supported: true, smooth: true, powerEfficient: true });
    await Promise.resolve();
    expect(playable.of(H264)).toEqual({ supported: true, smooth: true, powerEfficient: false });
    expect(decodingInfo).toHaveBeenCalledExactlyOnceWith({
      type: 'media-source',
      video: {
        contentType: 'video/mp4; codecs="avc1.640028"',
        ...{ width: 1920, height: 1080, bitrate: 4_000_000, framerate: 25 },
      },
    });
  });

  it('asks once per codec, profile and size, not for every measured rate', () => {
    const { playable, isTypeSupported, decodingInfo } = setUp(software);
    for (const fps of [25, 24.97, 23.1]) playable.of({ ...H264, fps, bitrateKbps: fps * 100 });
    expect(decodingInfo).toHaveBeenCalledTimes(1);
    playable.of({ ...H264, codecs: 'avc1.640033' });
    playable.of({ ...H264, width: 3840, height: 2160 });
    expect([decodingInfo.mock.calls.length, isTypeSupported.mock.calls.length]).toEqual([3, 3]);
  });

  it('does not ask how smoothly what it cannot play at all', () => {
    const { playable, decodingInfo } = setUp(software);
    expect(playable.of(HEVC).supported).toBe(false);
    expect(decodingInfo).not.toHaveBeenCalled();
  });

  it('believes decodingInfo where it says no, and does without an answer that never comes', async () => {
    const no = setUp(async () => ({ supported: false, smooth: false, powerEfficient: false })).playable;
    const broken = setUp(() => Promise.reject(new TypeError('no such content type'))).playable;
    for (const playable of [no, broken]) playable.of(H264);
    await Promise.resolve();
    await Promise.resolve();
    expect(no.of(H264).supported).toBe(false);
    expect(broken.of(H264)).toEqual({ supported: true, smooth: true, powerEfficient: false });
  });

  it('takes for granted what it cannot ask: an unknown codec, a size that is not known yet', () => {
    const { playable, decodingInfo } = setUp(software);
    expect(playable.of({ height: 360 })).toMatchObject({ supported: true, smooth: true });
    expect(playable.of({ ...H264, width: 0 })).toMatchObject({ supported: true });
    expect(decodingInfo).not.toHaveBeenCalled();
  });

  it('does without what a browser has not', () => {
    expect(browserPlayabilities({ navigator: {} }).of(HEVC).supported).toBe(true);
    const page = { MediaSource: { isTypeSupported: () => false }, navigator: {} };
    expect(browserPlayabilities(page).of(HEVC).supported).toBe(false);
  });
});
