import { describe, expect, it } from 'vitest';
import { ffmpegOutput } from '../../../../relay/media/ffmpeg-output.ts';

const muxer = { movflags: '+empty_moov', frag_duration: '50000' };

describe('an output of ffmpeg', () => {
  it('is fragmented MP4 into a pipe', () => {
    expect(ffmpegOutput({ fd: 4, muxer, publish: undefined })).toEqual([
      ...['-f', 'mp4', '-movflags', '+empty_moov', '-frag_duration', '50000', 'pipe:4'],
    ]);
  });

  it('is published beside it, in a thread that the pipe does not wait for', () => {
    const args = ffmpegOutput({ fd: 1, muxer, publish: 'rtsp://127.0.0.1:8554/key/front/main' });
    expect(args.slice(0, -2).join(' ')).toBe(
      '-time_base 1:90000 -flags +global_header -f tee -use_fifo 1 -fifo_options',
    );
    expect(args.at(-2)).toMatch(/attempt_recovery=1:.*drop_pkts_on_overflow=1/);
    expect(args.at(-1)).toBe(
      '[f=mp4:use_fifo=0:movflags=+empty_moov:frag_duration=50000]pipe:1|' +
        '[f=rtsp:rtsp_transport=tcp:onfail=ignore]rtsp://127.0.0.1:8554/key/front/main',
    );
  });

  it('has nothing in it that tee could take for its own signs', () => {
    const args = ffmpegOutput({ fd: 1, muxer: { brand: "a:b]c'd" }, publish: 'rtsp://[::1]:8554/a|b' });
    expect(args.at(-1)).toBe(
      [
        String.raw`[f=mp4:use_fifo=0:brand=a\\:b\\]c\\\'d]pipe:1`,
        String.raw`[f=rtsp:rtsp_transport=tcp:onfail=ignore]rtsp://[::1]:8554/a\|b`,
      ].join('|'),
    );
  });
});
