/**
 * One gst-launch-1.0 pipeline for one stream of a camera, with x264enc as the original plan had it. Pure. A V4L2
 * device is read by GStreamer itself. Everything else reaches it as raw pictures from an ffmpeg that feeds it: an
 * RTSP address, which holds the password, would have to stand among the arguments, gst-launch cannot loop a file,
 * and the test picture carries the clock strip that latency is measured with.
 */
import { type ChildSpec, FIRST_OUTPUT } from '../process/child.ts';
import { type FfmpegInput, ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import { parseSize, type Size } from '../source/sizes.ts';
import type { EncodeJob, EncoderBackend, EncoderPlan } from './backend.ts';
import { fitted, followsSourceSize, logLevel, PROGRESS } from './ffmpeg-backend.ts';
import { gopFrames } from './profiles.ts';
import type { RungPlan } from './rung.ts';

export const GST_LAUNCH = 'gst-launch-1.0';

/** Frames that the pipeline holds on their way, besides those inside x264: in the muxer and its queue. */
const PIPELINE_FRAMES = 1;

/** @param ffmpeg program that reads the sources */
export function createGstreamerBackend(ffmpeg: string): EncoderBackend {
  return { name: 'gstreamer', plan: (job) => plan(ffmpeg, job) };
}

/** The elements of a job's pipeline, each once. */
export function gstreamerElements({ source }: EncodeJob['camera']): readonly string[] {
  return [
    ...(source.type === 'v4l2' ? ['v4l2src', 'decodebin'] : ['fdsrc', 'y4mdec']),
    ...['queue', 'videoconvert', 'videorate', 'videoscale', 'x264enc', 'h264parse', 'mp4mux', 'fdsink'],
  ];
}

function plan(ffmpeg: string, job: EncodeJob): EncoderPlan {
  const { camera, rung, profile } = job;
  const native = camera.source.type === 'v4l2';
  const input = ffmpegInput(camera, job.text);
  return {
    spec: {
      program: GST_LAUNCH,
      args: ['-q', ...source(job), '!', ...QUEUE, ...x264enc(job, rung), '!', ...sinkElements(FIRST_OUTPUT)],
      outputs: 1,
      feed: native ? undefined : feed(ffmpeg, input, job),
    },
    output: FIRST_OUTPUT,
    secrets: input.secrets,
    publishedAt: undefined,
    where: input.where,
    followsSourceSize: !native && followsSourceSize(job),
    delayMs: ((profile.delayFrames + PIPELINE_FRAMES) * 1000) / rung.fps,
  };
}

/** Raw pictures of the rung's size at a constant rate. */
function feed(program: string, input: FfmpegInput, job: EncodeJob): ChildSpec {
  const { rung } = job;
  return {
    program,
    args: [
      ...QUIET,
      ...logLevel(followsSourceSize(job)),
      ...PROGRESS,
      ...input.args,
      ...['-map', '0:v:0', ...ONLY_VIDEO, '-vf', fitted(rung.size)],
      ...['-fps_mode', 'cfr', '-r', String(rung.fps), '-pix_fmt', 'yuv420p'],
      ...['-f', 'yuv4mpegpipe', '-flush_packets', '1', 'pipe:1'],
    ],
    stdin: input.stdin,
  };
}

function source({ camera, rung }: EncodeJob): string[] {
  if (camera.source.type !== 'v4l2') return ['fdsrc', 'fd=0', `blocksize=${256 * 1024}`, '!', 'y4mdec'];
  const { device, size, fps } = camera.source;
  const wish = [
    ...(size === undefined ? [] : dimensions(parseSize(size))),
    ...(fps === undefined ? [] : [`framerate=${fps}/1`]),
  ];
  return [
    ...['v4l2src', `device=${device}`],
    // Of any kind, as devices send raw pictures or JPEG.
    ...(wish.length === 0
      ? []
      : ['!', ['video/x-raw', 'image/jpeg'].map((kind) => [kind, ...wish].join(',')).join(';')]),
    ...['!', 'decodebin', '!', 'videoconvert', '!', 'videorate'],
    ...(rung.size === undefined ? [] : ['!', 'videoscale', 'add-borders=true']),
    '!',
    raw({ fps: rung.fps, size: rung.size }),
  ];
}

const dimensions = ({ width, height }: Size): string[] => [`width=${width}`, `height=${height}`];

const raw = ({ fps, size }: { readonly fps: number; readonly size: Size | undefined }): string =>
  [
    ...['video/x-raw', 'format=I420', `framerate=${fps}/1`],
    ...(size === undefined ? [] : [...dimensions(size), 'pixel-aspect-ratio=1/1']),
  ].join(',');

/** Short: what waits in it is late. */
const QUEUE = ['queue', 'max-size-buffers=2', 'max-size-bytes=0', 'max-size-time=0', '!'];

export function x264enc(
  { profile, preset, gopMs }: Pick<EncodeJob, 'profile' | 'preset' | 'gopMs'>,
  { fps, bitrateKbps }: RungPlan,
): string[] {
  const { tune, slicedThreads, aud, vbvMs, lookaheadFrames, threads } = profile;
  return [
    'x264enc',
    ...(tune === undefined ? [] : [`tune=${tune}`]),
    `speed-preset=${preset}`,
    `key-int-max=${gopFrames(gopMs, fps)}`,
    'bframes=0',
    ...(slicedThreads === undefined ? [] : [`sliced-threads=${slicedThreads}`]),
    `aud=${aud}`,
    `bitrate=${bitrateKbps}`,
    `vbv-buf-capacity=${vbvMs}`,
    ...(lookaheadFrames === undefined ? [] : [`rc-lookahead=${lookaheadFrames}`, 'sync-lookahead=0']),
    ...(threads === undefined ? [] : [`threads=${threads}`]),
    // It has no property for this one.
    'option-string=scenecut=0',
  ];
}

export function sinkElements(fd: number | undefined): string[] {
  // The muxer begins a new fragment with the frame that no longer fits: each.
  return [
    ...['h264parse', '!', 'mp4mux', 'streamable=true', 'fragment-duration=1', '!'],
    ...['fdsink', `fd=${fd}`, 'sync=false'],
  ];
}
