/**
 * The process that makes one rung from the parts of another one: it reads them on standard input, keeps their media
 * times and their keyframes, and writes a fragment for each picture. Pure; what it is fed is feeder.ts.
 */
import { ffmpegOutput } from '../media/ffmpeg-output.ts';
import { type ChildSpec, FIRST_OUTPUT } from '../process/child.ts';
import { ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import { atMostHalf, type Size } from '../source/sizes.ts';
import type { EncodeJob } from './backend.ts';
import { everyNth, fitted, rateArgs, x264Args } from './ffmpeg-backend.ts';
import { GST_LAUNCH, sinkElements, x264enc } from './gstreamer-backend.ts';
import { gopFrames } from './profiles.ts';
import type { RungPlan } from './rung.ts';

export interface TranscodeJob extends Pick<EncodeJob, 'preset' | 'profile' | 'hardware' | 'gopMs'> {
  readonly backend: 'ffmpeg' | 'gstreamer';
  readonly ffmpeg: string;
  readonly rung: RungPlan;
  /** Undefined while it is not known. */
  readonly sourceSize: Size | undefined;
  /** Pictures of the source in a second; the rung has all of them where it asks for as many. */
  readonly sourceFps: number;
  /** One picture of each group, because this host cannot decode them all. */
  readonly keyframesOnly: boolean;
  /** Where the pictures are published as well; undefined: nowhere. Only ffmpeg does. */
  readonly publishUrl: string | undefined;
}

export interface TranscodePlan {
  readonly spec: ChildSpec;
  /** File descriptor of its media. */
  readonly output: number;
  /** The first picture has time 0, whatever its source's; else all have their source's. */
  readonly fromZero: boolean;
  /** Pictures are later by this than the ones that they were made from, because the encoder keeps some back. */
  readonly heldMs: number;
  /** Host and port where it publishes. */
  readonly publishedAt: string | undefined;
}

/**
 * What shows what is there already goes first: relay, ingest and a viewer on this host, but not by much. At 5 (a third of
 * their share) a transcoder of 4K made 14 of 25 pictures beside two passed-on 1080p while a seventh of the host was idle; at
 * 1 it made 22, and the others were whole either way. At 10 it had nothing at all for seconds beside a full host.
 */
const NICENESS = 1;
/** ffmpeg's MP4 muxer writes a picture when the next one comes. */
const MUXER_FRAMES = 1;
/** A rate this close to the source's takes every picture. */
const SAME_RATE = 1.1;
/** Measured rates and media times are rounded; a picture is never so short. */
const ROUNDING_S = 0.002;

/**
 * The stream is described by its header: nothing is to be read ahead. `-fflags nobuffer` would throw away what was read
 * while probing, the whole first group of pictures here.
 */
const INPUT = ['-probesize', '32', '-analyzeduration', '0', '-flags', 'low_delay'];
/**
 * Without the loop filter decoding takes 40 % less (0.43 instead of 0.73 core for 2160p at 25 fps in H.264; 17 % less in
 * HEVC), and what it smooths is gone once the picture is half as large: SSIM against the filtered one 0.98 to 0.995, also
 * at the end of a group of pictures of 4 s, through which the mistake is carried on.
 */
const UNFILTERED = ['-skip_loop_filter', 'all'];

const MUXER = {
  movflags: '+empty_moov+default_base_moof+frag_every_frame+frag_discont',
  // Without these two, times would count from the first picture.
  use_editlist: '0',
  avoid_negative_ts: 'disabled',
  // RTSP's clock, finer than any rounding that matters.
  video_track_timescale: '90000',
  flush_packets: '1',
};

/** @param fromMs media time of the first picture that is wanted; undefined: all that it is fed */
export function transcodePlan(job: TranscodeJob, fromMs: number | undefined): TranscodePlan {
  return job.backend === 'gstreamer' ? gstreamer(job, fromMs) : ffmpeg(job, fromMs);
}

function ffmpeg(job: TranscodeJob, fromMs: number | undefined): TranscodePlan {
  const { rung, profile, hardware, gopMs, publishUrl, ffmpeg: program } = job;
  const filters = [...pictures(job, fromMs), ...(hardware === undefined ? [] : [hardware.filter])];
  return {
    spec: {
      program,
      args: [
        ...[...QUIET, '-loglevel', 'level+error', ...(hardware?.device ?? [])],
        ...[...input(job), '-map', '0:v:0', ...ONLY_VIDEO],
        ...['-vf', filters.join(','), '-fps_mode', 'vfr', '-enc_time_base', '-1'],
        ...(hardware === undefined ? x264Args(job) : hardware.args),
        // Where the source has them, and more where it has few.
        ...['-force_key_frames', 'source', '-g', String(gopFrames(gopMs, rung.fps)), '-bf', '0'],
        ...rateArgs(rung, profile, hardware),
        ...ffmpegOutput({ fd: 1, muxer: MUXER, publish: publishUrl }),
      ],
      streamed: true,
      niceness: NICENESS,
    },
    output: 1,
    fromZero: false,
    publishedAt: publishUrl === undefined ? undefined : new URL(publishUrl).host,
    heldMs: ((profile.delayFrames + MUXER_FRAMES) * 1000) / rung.fps,
  };
}

/** Raw pictures carry no times: they come at a constant rate from the first one on. */
function gstreamer(job: TranscodeJob, fromMs: number | undefined): TranscodePlan {
  const { rung, profile, ffmpeg: program } = job;
  return {
    spec: {
      program: GST_LAUNCH,
      args: [
        ...['-q', 'fdsrc', 'fd=0', `blocksize=${256 * 1024}`, '!', 'y4mdec', '!'],
        ...[...x264enc(job, rung), '!'],
        ...sinkElements(FIRST_OUTPUT),
      ],
      outputs: 1,
      niceness: NICENESS,
      feed: {
        program,
        args: [
          ...[...QUIET, '-loglevel', 'level+error'],
          ...[...input(job), '-map', '0:v:0', ...ONLY_VIDEO],
          ...['-vf', [...pictures(job, fromMs), 'setpts=PTS-STARTPTS'].join(',')],
          ...['-fps_mode', 'cfr', '-r', String(rung.fps), '-pix_fmt', 'yuv420p'],
          ...['-f', 'yuv4mpegpipe', '-flush_packets', '1', 'pipe:1'],
        ],
        streamed: true,
        niceness: NICENESS,
      },
    },
    output: FIRST_OUTPUT,
    fromZero: true,
    publishedAt: undefined,
    heldMs: ((profile.delayFrames + 2 * MUXER_FRAMES) * 1000) / rung.fps,
  };
}

function input({ rung, sourceSize }: TranscodeJob): string[] {
  const small = sourceSize !== undefined && rung.size !== undefined && atMostHalf(rung.size, sourceSize);
  return [...INPUT, ...(small ? UNFILTERED : []), '-f', 'mp4', '-copyts', '-i', 'pipe:0'];
}

/** Which pictures, and how large. */
function pictures({ rung, sourceFps }: TranscodeJob, fromMs: number | undefined): string[] {
  return [
    ...(fromMs === undefined ? [] : [`trim=start=${(fromMs / 1000 - ROUNDING_S).toFixed(6)}`]),
    ...(sourceFps > rung.fps * SAME_RATE ? [everyNth(rung.fps, sourceFps, true)] : []),
    fitted(rung.size, true),
  ];
}
