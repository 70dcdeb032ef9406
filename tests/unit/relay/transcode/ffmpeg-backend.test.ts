import { describe, expect, it } from 'vitest';
import type { EncodeJob } from '../../../../relay/transcode/backend.ts';
import { createFfmpegBackend } from '../../../../relay/transcode/ffmpeg-backend.ts';
import { HARDWARE_ENCODERS } from '../../../../relay/transcode/hardware.ts';
import { encodeJob } from '../../../support/encode-job.ts';

const plan = (
  source: Record<string, unknown>,
  encode: Record<string, unknown> = {},
  job: Partial<EncodeJob> = {},
) => {
  const { spec, ...rest } = createFfmpegBackend('ffmpeg').plan(encodeJob(source, encode, job));
  return { ...rest, args: spec.args, spec, text: spec.args.join(' ') };
};
const argument = (args: readonly string[], option: string): string | undefined =>
  args[args.indexOf(option) + 1];
const TEST = { type: 'test' };
const RTSP = { type: 'rtsp', url: 'rtsp://admin:hush@cam:554/main' };

describe('the ffmpeg backend', () => {
  it('keeps address and password of an RTSP camera out of the arguments', () => {
    const { text, args, spec, secrets, where } = plan(RTSP);
    expect(text).not.toMatch(/hush|admin|cam:554/);
    expect(spec.stdin).toContain('hush');
    expect(secrets).toEqual(['hush']);
    expect(where).toBe('cam:554');
    expect(argument(args, '-protocol_whitelist')).toBe('pipe,tcp');
  });

  it('hands the other sources over without anything on standard input', () => {
    for (const source of [TEST, { type: 'v4l2', device: '/dev/video0' }, { type: 'file', path: '/a.mp4' }]) {
      expect(plan(source).spec.stdin).toBeUndefined();
    }
  });

  it('loops a file in real time and reads nothing but files', () => {
    expect(plan({ type: 'file', path: '/media/-clip:1.mp4' }).text).toContain(
      '-protocol_whitelist file -re -stream_loop -1 -i file:/media/-clip:1.mp4',
    );
  });

  it('asks a device for size and rate only when they are given', () => {
    expect(plan({ type: 'v4l2', device: '/dev/video0' }).args).not.toContain('-video_size');
    const { text } = plan({ type: 'v4l2', device: '/dev/video0', size: '1280x720', fps: 25 });
    expect(text).toContain('-f v4l2 -video_size 1280x720 -framerate 25 -i /dev/video0');
  });

  it.each([
    [30, 1000, '30'],
    [25, 2000, '50'],
    [15, 250, '4'],
    [1, 250, '1'],
  ])('at %i fps and a GOP of %i ms keyframes are %s frames apart and nowhere else', (fps, gopMs, gop) => {
    const { args } = plan(TEST, { fps, gopMs });
    expect([argument(args, '-g'), argument(args, '-keyint_min'), argument(args, '-sc_threshold')]).toEqual([
      gop,
      gop,
      '0',
    ]);
  });

  it('writes a fragment for each frame, at once', () => {
    const { args } = plan(TEST);
    expect(argument(args, '-movflags')).toBe('+empty_moov+default_base_moof+frag_every_frame');
    expect(argument(args, '-flush_packets')).toBe('1');
  });

  it('holds the bit rate within 0.4 s', () => {
    expect(plan(TEST, { bitrateKbps: 1000 }).text).toContain('-b:v 1000k -maxrate 1000k -bufsize 400k');
  });

  it('of unknown size it encodes by quality below a ceiling', () => {
    const { text, args } = plan(RTSP);
    expect(text).toContain('-crf 23 -maxrate 4000k -bufsize 1600k');
    expect(args).not.toContain('-b:v');
  });

  it('a configured size is kept whatever the source sends, with its aspect ratio', () => {
    const { args, followsSourceSize } = plan(RTSP, { size: '1281x721' });
    expect(argument(args, '-vf')).toBe(
      'scale=1280:720:force_original_aspect_ratio=decrease:force_divisible_by=2,pad=1280:720:-1:-1,setsar=1',
    );
    expect(followsSourceSize).toBe(false);
  });

  it('without a configured size a new size of a live source is watched for', () => {
    expect(plan(RTSP).followsSourceSize).toBe(true);
    expect(plan({ type: 'v4l2', device: '/dev/video0' }).followsSourceSize).toBe(true);
    expect(plan({ type: 'file', path: '/a.mp4' }).followsSourceSize).toBe(false);
    expect(plan(TEST, { size: '320x180' }).followsSourceSize).toBe(false);
  });

  it('has exactly the values of the plan in the profile plan', () => {
    const { text } = plan(TEST, { profile: 'plan' }, { preset: 'medium' });
    expect(text).toContain('-c:v libx264 -preset medium -tune zerolatency');
    expect(text).toContain('-aud 1 -x264-params sliced-threads=1:fps=30 ');
    expect(text).toContain('-g 60 ');
    expect(text).toContain('-bf 0 ');
  });

  it('looks ahead in the profile quality, in a bounded number of pictures, still without B-frames', () => {
    const { text, delayMs } = plan(TEST, { profile: 'quality' });
    expect(text).not.toContain('zerolatency');
    expect(text).toContain('-threads 2 -x264-params rc-lookahead=10:sync-lookahead=0');
    expect(text).toContain('-bf 0 ');
    expect(delayMs).toBeCloseTo(400);
    expect(plan(TEST).delayMs).toBe(0);
  });

  it('passes a stream on untouched: no filter, no encoder, no size to watch, nothing held back', () => {
    const { text, followsSourceSize, delayMs } = plan(RTSP, {}, { pass: true });
    expect(text).toMatch(/-map 0:v:0 -an -sn -dn -c:v copy -f mp4 /);
    expect(text).not.toMatch(/-vf|libx264/);
    expect([followsSourceSize, delayMs]).toEqual([false, 0]);
  });

  it('leaves out pictures that the test source drew too late', () => {
    // No -r: ffmpeg 6 and newer refuse it beside vfr.
    expect(plan(TEST, {}).text).toMatch(
      /-fps_mode vfr -enc_time_base 1:30 -c:v libx264 .*-x264-params fps=30 /,
    );
    expect(plan(RTSP, {}).text).toContain('-fps_mode cfr -r 30');
  });

  it('publishes beside its pipe', () => {
    const publishUrl = 'rtsp://127.0.0.1:8554/key/cam/main';
    const { args, text, output, publishedAt } = plan(TEST, {}, { publishUrl });
    expect(output).toBe(1);
    expect(args.at(-1)).toMatch(/pipe:1\|\[f=rtsp:rtsp_transport=tcp:onfail=ignore]rtsp:.*\/cam\/main$/);
    expect(text).not.toContain('-f mp4');
    expect(publishedAt).toBe('127.0.0.1:8554');
    expect(plan(TEST).publishedAt).toBeUndefined();
  });

  it.each(HARDWARE_ENCODERS.map((encoder) => [encoder.name, encoder] as const))(
    'hands pictures to %s in its own way, without B-frames and with a bounded rate',
    (name, hardware) => {
      const { text, args } = plan(TEST, {}, { hardware });
      expect(text).toContain(`-c:v ${name}`);
      expect(text).not.toContain('libx264');
      expect(argument(args, '-vf')).toMatch(new RegExp(`,${hardware.filter}$`));
      expect(text).toMatch(/-bf 0 -b:v 600k -maxrate 600k/);
      expect(text).toContain('-fps_mode cfr -r 30');
      expect(text).not.toContain('-fps_mode vfr');
      for (const option of hardware.device) expect(args.indexOf(option)).toBeLessThan(args.indexOf('-i'));
    },
  );
});
