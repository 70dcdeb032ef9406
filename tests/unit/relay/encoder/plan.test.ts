import { describe, expect, it } from 'vitest';
import { planEncoder } from '../../../../relay/encoder/plan.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const plan = (source: Record<string, unknown>, encode: Record<string, unknown> = {}, partMs = 67) =>
  planEncoder({ camera: cameraConfig(source, encode), partMs, preset: 'superfast', text: true });
const argument = (args: readonly string[], option: string): string | undefined =>
  args[args.indexOf(option) + 1];
const TEST = { type: 'test' };
const RTSP = { type: 'rtsp', url: 'rtsp://admin:hush@cam:554/main' };

describe('planEncoder', () => {
  it('keeps address and password of an RTSP camera out of the arguments', () => {
    const { args, stdin, secrets, where } = plan(RTSP);
    expect(args.join(' ')).not.toMatch(/hush|admin|cam:554/);
    expect(stdin).toContain('hush');
    expect(secrets).toEqual(['hush']);
    expect(where).toBe('cam:554');
    expect(argument(args, '-protocol_whitelist')).toBe('pipe,tcp');
  });

  it('hands the other sources over without anything on standard input', () => {
    for (const source of [TEST, { type: 'v4l2', device: '/dev/video0' }, { type: 'file', path: '/a.mp4' }]) {
      expect(plan(source).stdin).toBeUndefined();
    }
  });

  it('loops a file in real time and reads nothing but files', () => {
    const { args } = plan({ type: 'file', path: '/media/-clip:1.mp4' });
    expect(args.join(' ')).toContain(
      '-protocol_whitelist file -re -stream_loop -1 -i file:/media/-clip:1.mp4',
    );
  });

  it('asks a device for size and rate only when they are given', () => {
    expect(plan({ type: 'v4l2', device: '/dev/video0' }).args).not.toContain('-video_size');
    const { args } = plan({ type: 'v4l2', device: '/dev/video0', size: '1280x720', fps: 25 });
    expect(args.join(' ')).toContain('-f v4l2 -video_size 1280x720 -framerate 25 -i /dev/video0');
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

  it.each([
    [30, 67, 50_000],
    [25, 67, 60_000],
    [30, 33, 16_667],
    [15, 67, 33_333],
    [30, 200, 183_333],
  ])('at %i fps parts of %i ms are cut half a frame early', (fps, partMs, us) => {
    expect(argument(plan(TEST, { fps }, partMs).args, '-frag_duration')).toBe(String(us));
  });

  it('holds the bit rate within 0.4 s', () => {
    const { args, bitrateKbps } = plan(TEST, { bitrateKbps: 1000 });
    expect(bitrateKbps).toBe(1000);
    expect(args.join(' ')).toContain('-b:v 1000k -maxrate 1000k -bufsize 400k');
  });

  it('of unknown size it encodes by quality below a ceiling', () => {
    const { args } = plan(RTSP);
    expect(args.join(' ')).toContain('-crf 23 -maxrate 4000k -bufsize 1600k');
    expect(args).not.toContain('-b:v');
  });

  it.each([
    ['320x180', 300],
    ['640x360', 600],
    ['1280x720', 2000],
    ['1920x1080', 4000],
    ['3840x2160', 12_000],
    ['960x540', 1183],
    ['7680x4320', 12_000],
  ])('the default bit rate at %s is %i kbit/s', (size, kbps) => {
    expect(plan({ type: 'test', size }).bitrateKbps).toBe(kbps);
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
    expect(plan(TEST).followsSourceSize).toBe(false);
  });
});
