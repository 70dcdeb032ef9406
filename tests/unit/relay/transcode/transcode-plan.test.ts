import { describe, expect, it } from 'vitest';
import { HARDWARE_ENCODERS } from '../../../../relay/transcode/hardware.ts';
import { x264Profile } from '../../../../relay/transcode/profiles.ts';
import { type TranscodeJob, transcodePlan } from '../../../../relay/transcode/transcode-plan.ts';
import { transcodeJob } from '../../../support/transcoder-rig.ts';

const plan = (more: Partial<TranscodeJob> = {}, fromMs?: number) => {
  const { spec, ...rest } = transcodePlan(transcodeJob('640x360', more), fromMs);
  return { ...rest, spec, text: spec.args.join(' '), feed: spec.feed?.args.join(' ') ?? '' };
};

describe('the plan of a transcoder', () => {
  it('reads what it is fed at once and throws nothing of it away', () => {
    const { text, spec } = plan();
    expect(text).toContain('-probesize 32 -analyzeduration 0 -flags low_delay -f mp4 -copyts -i pipe:0');
    expect(text).not.toContain('nobuffer');
    expect(spec.streamed).toBe(true);
  });

  it('keeps media times and keyframes of the source, without B-frames, a fragment for each picture', () => {
    const { text, output, fromZero } = plan({ gopMs: 4_000 });
    expect(text).toContain('-fps_mode vfr -enc_time_base -1 -c:v libx264');
    expect(text).toContain('-force_key_frames source -g 100 -bf 0 ');
    expect(text).toMatch(
      /-f mp4 -movflags \S*frag_every_frame\+frag_discont -use_editlist 0 -avoid_negative_ts disabled -video_track_timescale 90000 -flush_packets 1 pipe:1$/,
    );
    expect({ output, fromZero }).toEqual({ output: 1, fromZero: false });
  });

  it('publishes beside the pipe', () => {
    expect(plan({ publishUrl: 'rtsp://127.0.0.1:8554/front/360' }).text).toMatch(
      /-f tee -use_fifo 1 .*\[f=mp4:use_fifo=0:.*avoid_negative_ts=disabled:.*\]pipe:1\|\[f=rtsp:.*\]rtsp:\/\/127\.0\.0\.1:8554\/front\/360$/,
    );
  });

  it('scales as every rung of the house, and leaves out what a lower rate does not show', () => {
    expect(plan().text).toMatch(
      /-vf scale=640:360:flags=area:force_original_aspect_ratio=decrease:\S*,setsar=1 /,
    );
    const job = transcodeJob('640x360');
    expect(plan({ rung: { ...job.rung, fps: 15 } }).text).toMatch(
      /-vf select='isnan\(prev_selected_t\)\+key\+gt\(floor\(t\*15\+0\.3\),\S*,scale=640:360/,
    );
  });

  it('decodes without the loop filter what is made half as large or smaller', () => {
    const of = (width: number, height: number) => ({ sourceSize: { width, height } });
    expect(plan(of(1280, 720)).text).toContain('-flags low_delay -skip_loop_filter all -f mp4 ');
    expect(plan({ ...of(1280, 720), backend: 'gstreamer' }).feed).toContain('-skip_loop_filter all -f mp4 ');
    expect(plan(of(1280, 718)).text).not.toContain('skip_loop_filter');
    expect(plan(of(1278, 720)).text).not.toContain('skip_loop_filter');
    expect(plan().text).not.toContain('skip_loop_filter');
  });

  it('begins with the picture that is wanted', () => {
    expect(plan({}, 5_000).text).toContain('-vf trim=start=4.998000,scale=');
  });

  it('lets others go first', () => {
    expect(plan().spec.niceness).toBeGreaterThan(0);
    expect(plan({ backend: 'gstreamer' }).spec.feed?.niceness).toBeGreaterThan(0);
  });

  it('has the profiles of the house and says what they hold back', () => {
    const size = { width: 640, height: 360 };
    expect(plan().heldMs).toBe(40);
    const quality = plan({ profile: x264Profile('quality', size) });
    expect(quality.text).toContain('rc-lookahead=10:sync-lookahead=0');
    expect(quality.heldMs).toBe(12 * 40);
    expect(plan({ profile: x264Profile('plan', size), preset: 'medium' }).text).toContain(
      '-preset medium -tune zerolatency -pix_fmt yuv420p -sc_threshold 0 -flags +cgop -aud 1 -x264-params sliced-threads=1',
    );
  });

  it('uses the hardware encoder that it is given', () => {
    const hardware = HARDWARE_ENCODERS.find(({ name }) => name === 'h264_vaapi');
    const { text } = plan({ hardware });
    expect(text).toMatch(/-vaapi_device \S+ -probesize 32 /);
    expect(text).toMatch(/,setsar=1,format=nv12,hwupload -fps_mode vfr -enc_time_base -1 -c:v h264_vaapi /);
    expect(text).not.toContain('libx264');
  });

  it('feeds GStreamer raw pictures at a constant rate, which have no times of their own', () => {
    const { text, feed, spec, output, fromZero } = plan({ backend: 'gstreamer' }, 5_000);
    expect(text).toMatch(
      /^-q fdsrc fd=0 blocksize=\d+ ! y4mdec ! x264enc tune=zerolatency speed-preset=superfast /,
    );
    expect(text).toMatch(/mp4mux streamable=true fragment-duration=1 ! fdsink fd=4 sync=false$/);
    expect(feed).toContain('-vf trim=start=4.998000,scale=640:360');
    expect(feed).toContain(',setpts=PTS-STARTPTS -fps_mode cfr -r 25 -pix_fmt yuv420p');
    expect(spec.streamed).toBeUndefined();
    expect(spec.feed?.streamed).toBe(true);
    expect({ output, fromZero }).toEqual({ output: 4, fromZero: true });
  });
});
