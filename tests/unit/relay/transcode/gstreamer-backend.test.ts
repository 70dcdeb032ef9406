import { describe, expect, it } from 'vitest';
import type { EncodeJob } from '../../../../relay/transcode/backend.ts';
import { createGstreamerBackend, gstreamerElements } from '../../../../relay/transcode/gstreamer-backend.ts';
import { encodeJob } from '../../../support/encode-job.ts';

const plan = (
  source: Record<string, unknown>,
  encode: Record<string, unknown> = {},
  job: Partial<EncodeJob> = {},
) => {
  const { spec, ...rest } = createGstreamerBackend('/opt/ffmpeg').plan(encodeJob(source, encode, job));
  return { ...rest, spec, text: spec.args.join(' '), feed: spec.feed?.args.join(' ') ?? '' };
};
const RTSP = { type: 'rtsp', url: 'rtsp://admin:hush@cam:554/main' };
const DEVICE = { type: 'v4l2', device: '/dev/video0' };

describe('the GStreamer backend', () => {
  it('has exactly the x264enc values of the plan in the profile plan', () => {
    const { text } = plan({ type: 'test' }, { profile: 'plan' }, { preset: 'medium' });
    expect(text).toContain(
      'x264enc tune=zerolatency speed-preset=medium key-int-max=60 bframes=0 sliced-threads=true aud=true bitrate=600 ',
    );
  });

  it('takes the pictures of a camera, a file and the test picture from ffmpeg, the address on its standard input', () => {
    for (const source of [RTSP, { type: 'file', path: '/a.mp4' }, { type: 'test' }]) {
      const { text, feed, spec } = plan(source);
      expect(text).toMatch(/^-q fdsrc fd=0 blocksize=\d+ ! y4mdec ! queue/);
      expect(spec.feed?.program).toBe('/opt/ffmpeg');
      expect(feed).toMatch(/-f yuv4mpegpipe -flush_packets 1 pipe:1$/);
      expect(`${text} ${feed}`).not.toContain('hush');
    }
    expect(plan(RTSP).spec.feed?.stdin).toContain('hush');
    expect(plan(RTSP).secrets).toEqual(['hush']);
    expect(plan(RTSP).followsSourceSize).toBe(true);
  });

  it('reads a device itself, and asks it for what is configured', () => {
    const { text, spec } = plan({ ...DEVICE, size: '1280x720', fps: 25 }, { size: '640x360' });
    expect(text).toContain(
      'v4l2src device=/dev/video0 ! video/x-raw,width=1280,height=720,framerate=25/1;image/jpeg,width=1280,height=720,framerate=25/1 ! decodebin',
    );
    expect(text).toContain(
      'video/x-raw,format=I420,framerate=30/1,width=640,height=360,pixel-aspect-ratio=1/1',
    );
    expect(spec.feed).toBeUndefined();
    expect(plan(DEVICE).text).toContain('v4l2src device=/dev/video0 ! decodebin');
  });

  it('writes a fragment for each frame', () => {
    expect(plan({ type: 'test' }).text).toContain('mp4mux streamable=true fragment-duration=1 ');
  });

  it.each([
    [{ type: 'test' }, {}],
    [DEVICE, { size: '640x360' }],
  ])('names every element that it uses: %o %o', (source, encode) => {
    const job = encodeJob(source, encode);
    const { args } = createGstreamerBackend('ffmpeg').plan(job).spec;
    const used = args.filter((word, n) => args[n - 1] === '!' && /^[a-z0-9]+$/.test(word));
    expect(gstreamerElements(job.camera)).toEqual(expect.arrayContaining([...new Set(used)]));
  });
});
