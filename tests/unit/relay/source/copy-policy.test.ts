import { describe, expect, it } from 'vitest';
import { CopyWatch, judgeCopy, type SourceFacts } from '../../../../relay/source/copy-policy.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const RTSP = { type: 'rtsp', url: 'rtsp://cam/x' };
const FIT: SourceFacts = {
  codec: 'h264',
  pixelFormat: 'yuv420p',
  interlaced: false,
  size: { width: 1920, height: 1080 },
  fps: 25,
  reordered: false,
  pieces: false,
  gopMs: 2000,
  bitrateKbps: 3000,
};

const judge = (facts: Partial<SourceFacts>, encode = {}, source: Record<string, unknown> = RTSP) =>
  judgeCopy(cameraConfig(source, encode), { ...FIT, ...facts });

describe('judgeCopy', () => {
  it('passes on what every browser plays', () => {
    expect(judge({})).toEqual({
      copy: true,
      reason: 'H.264 1920x1080 without B-frames, keyframes 2.0 s apart',
    });
    expect(judge({ pixelFormat: 'yuvj420p', gopMs: 2_080 }).copy).toBe(true);
    expect(judge({}, { size: '1920x1080' }).copy).toBe(true);
  });

  it.each<[Partial<SourceFacts>, string]>([
    [{ codec: 'mjpeg' }, 'the camera sends MJPEG, not H.264'],
    [{ pixelFormat: 'yuv422p' }, 'its colour format is yuv422p, not yuv420p'],
    [{ interlaced: true }, 'its pictures are interlaced'],
    [{ reordered: true }, 'it uses B-frames'],
    [{ pieces: true }, 'it sends its pictures in pieces'],
    [{ gopMs: 4000 }, 'its keyframes are 4.0 s apart'],
    [{ gopMs: undefined }, 'its keyframes are more than 2 s apart'],
  ])('encodes when the stream is %o', (facts, reason) => {
    expect(judge(facts)).toEqual({ copy: false, reason });
  });

  it.each([
    [{ copy: 'never' }, RTSP, 'encode.copy is never'],
    [{ profile: 'plan' }, RTSP, 'encode.profile is plan'],
    [{ backend: 'gstreamer' }, RTSP, 'encode.backend is gstreamer'],
    [{ rungs: [{ size: '640x360' }] }, RTSP, 'encode.rungs lists its own rungs'],
    [{ bitrateKbps: 500 }, RTSP, 'encode.bitrateKbps is set'],
    [{ size: '640x360' }, RTSP, 'encode.size is 640x360, the camera sends 1920x1080'],
    [{}, { type: 'file', path: '/a.mp4' }, 'only streams of RTSP cameras are passed on'],
  ])('encodes when the configuration asks for it: %o', (encode, source, reason) => {
    expect(judge({}, encode, source)).toEqual({ copy: false, reason });
  });
});

describe('CopyWatch', () => {
  const part = { durationMs: 67, keyframe: false, reordered: false, newParameters: false };

  it('is content with keyframes that come now and then a little late', () => {
    const watch = new CopyWatch();
    for (let n = 0; n < 200; n += 1) {
      expect(watch.observe({ ...part, keyframe: n % 35 === 0 })).toBeUndefined();
    }
  });

  it('notices that keyframes stay away', () => {
    const watch = new CopyWatch();
    const problems = Array.from({ length: 40 }, (_, n) => watch.observe({ ...part, keyframe: n === 0 }));
    expect(problems.findIndex((problem) => problem !== undefined)).toBe(37);
    expect(problems[37]).toEqual({ kind: 'unfit', problem: 'the camera sends no keyframe for 2.5 s now' });
  });

  it('notices B-frames, and tells a changed picture from an unfit stream', () => {
    expect(new CopyWatch().observe({ ...part, reordered: true })).toMatchObject({ kind: 'unfit' });
    expect(new CopyWatch().observe({ ...part, newParameters: true })).toMatchObject({ kind: 'changed' });
  });
});
