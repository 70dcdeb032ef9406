/**
 * One ffmpeg call for one stream of a camera: passed on as it comes, or encoded. Pure. Nothing of the configuration becomes
 * an option by itself.
 */
import { ffmpegOutput } from '../media/ffmpeg-output.ts';
import { ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import type { Size } from '../source/sizes.ts';
import type { EncodeJob, EncoderBackend, EncoderPlan } from './backend.ts';
import type { HardwareEncoder } from './hardware.ts';
import { gopFrames, type X264Profile } from './profiles.ts';
import type { RungPlan } from './rung.ts';

const STDOUT = 1;
const MUXER = {
  movflags: '+empty_moov+default_base_moof+frag_every_frame',
  flush_packets: '1',
};
/** Telemetry comes this often. */
const PROGRESS_MS = 500;
export const PROGRESS = ['-progress', 'pipe:3', '-stats_period', String(PROGRESS_MS / 1000)];

/** Besides those in x264, where it keeps any: measured against the clock in the picture with ffmpeg 5.1. */
const MUXER_FRAMES = 1;

/** A change of the source's size is told at the first level only. */
export const logLevel = (followsSourceSize: boolean): string[] => [
  '-loglevel',
  followsSourceSize ? 'level+verbose' : 'level+warning',
];

/** The picture has the size that the source has, of which the configuration says nothing. */
export const followsSourceSize = ({ camera, rung }: EncodeJob): boolean =>
  rung.size === undefined && (camera.source.type === 'rtsp' || camera.source.type === 'v4l2');

export function createFfmpegBackend(program: string): EncoderBackend {
  return { name: 'ffmpeg', plan: (job) => plan(program, job) };
}

function plan(program: string, job: EncodeJob): EncoderPlan {
  const { camera, rung, hardware, pass, profile, publishUrl } = job;
  const input = ffmpegInput(camera, job.text, job.inOrder);
  const follows = !pass && followsSourceSize(job);
  const held = profile.delayFrames === 0 ? 0 : profile.delayFrames + MUXER_FRAMES;
  return {
    spec: {
      program,
      args: [
        ...[...QUIET, ...logLevel(follows), ...PROGRESS],
        ...(pass ? [] : (hardware?.device ?? [])),
        ...[...input.args, '-map', '0:v:0', ...ONLY_VIDEO],
        ...(pass ? ['-c:v', 'copy'] : ['-vf', filters(job), ...encoderArgs(job)]),
        // Standard output: a program that is no ffmpeg is found out by what it writes there.
        ...ffmpegOutput({ fd: STDOUT, muxer: MUXER, publish: publishUrl }),
      ],
      stdin: input.stdin,
    },
    output: STDOUT,
    secrets: input.secrets,
    publishedAt: publishUrl === undefined ? undefined : new URL(publishUrl).host,
    where: input.where,
    followsSourceSize: follows,
    // Of a stream that is passed on nothing is kept back.
    delayMs: pass ? 0 : (held * 1000) / rung.fps,
  };
}

function filters(job: EncodeJob): string {
  const { rung, hardware } = job;
  return [
    ...(madeHere(job) ? [onGrid(rung.fps)] : []),
    fitted(rung.size),
    ...(hardware === undefined ? [] : [hardware.filter]),
  ].join(',');
}

/**
 * Puts each picture into the next slot of a constant rate while it is near enough, as the constant-rate output would, but
 * leaves out what does not come in time. Never waits.
 */
const onGrid = (fps: number): string => {
  const next = `round(PREV_OUTT*${fps})+1`;
  const now = `(T-STARTT)*${fps}`;
  const slot = `if(lt(abs(${now}-(${next})),0.9),${next},round(${now}))`;
  return `setpts='(${slot})/${fps}/TB',select='isnan(prev_selected_t)+gt(t,prev_selected_t+${0.5 / fps})'`;
};

/**
 * Passes on the picture nearest to each time that a lower rate shows, at once: the filter `fps` would wait for the
 * one after it, and the rate control of the output alone takes pictures that are more than a period too old.
 * @param keyframes pass these on as well, whenever they come
 */
export const everyNth = (fps: number, of: number, keyframes = false): string => {
  const slot = (t: string): string => `floor(${t}*${fps}+${fps / (2 * of)})`;
  const key = keyframes ? 'key+' : '';
  return `select='isnan(prev_selected_t)+${key}gt(${slot('t')},${slot('prev_selected_t')})'`;
};

/** A fixed size keeps the aspect ratio whatever the source sends; otherwise the sides are only made even. */
export function fitted(size: Size | undefined, cheap = false): string {
  if (size === undefined) return 'scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1';
  const { width, height } = size;
  const flags = cheap ? 'flags=area:' : '';
  return `scale=${width}:${height}:${flags}force_original_aspect_ratio=decrease:force_divisible_by=2,pad=${width}:${height}:-1:-1,setsar=1`;
}

/**
 * The test picture is drawn by the same process. When drawing is too slow, repeating pictures to keep the rate constant
 * makes it slower still, until it shows one picture in a second (seen at 3840x2160 with five rungs on two cores, and
 * with three beside a wall): so it leaves them out.
 */
const madeHere = ({ camera }: EncodeJob): boolean => camera.source.type === 'test';

function encoderArgs(job: EncodeJob): string[] {
  const { rung, hardware, profile, gopMs } = job;
  const gop = gopFrames(gopMs, rung.fps);
  return [
    // Not -r beside vfr, which ffmpeg 6 and newer refuse: the time base is the grid, and x264 is told the rate. An encoder in
    // hardware can be told no other way: it repeats a picture that is left out, which costs the host next to nothing.
    ...(madeHere(job) && hardware === undefined
      ? ['-fps_mode', 'vfr', '-enc_time_base', `1:${rung.fps}`]
      : ['-fps_mode', 'cfr', '-r', String(rung.fps)]),
    ...(hardware === undefined ? x264Args(job) : hardware.args),
    // By time, which pictures that are left out do not move; the number of frames is the safety net.
    ...['-force_key_frames', `expr:gte(t+0.002,n_forced*${gopMs / 1000})`],
    ...['-g', String(gop), '-keyint_min', String(gop), '-bf', '0'],
    ...rateArgs(rung, profile, hardware),
  ];
}

export function rateArgs(
  { bitrateKbps, constantQuality }: RungPlan,
  { vbvMs }: X264Profile,
  hardware: HardwareEncoder | undefined,
): string[] {
  return [
    ...(constantQuality && hardware === undefined ? ['-crf', '23'] : ['-b:v', `${bitrateKbps}k`]),
    ...['-maxrate', `${bitrateKbps}k`, '-bufsize', `${Math.round((bitrateKbps * vbvMs) / 1000)}k`],
  ];
}

export function x264Args({
  preset,
  profile,
  rung,
}: Pick<EncodeJob, 'preset' | 'profile' | 'rung'>): string[] {
  const { tune, aud, slicedThreads, lookaheadFrames, threads } = profile;
  const params = [
    ...(slicedThreads === undefined ? [] : ['sliced-threads=1']),
    // The threaded look-ahead of its own would hold back even more pictures.
    ...(lookaheadFrames === undefined ? [] : [`rc-lookahead=${lookaheadFrames}`, 'sync-lookahead=0']),
    // For its rate control; ffmpeg knows none of pictures that come when they come, and takes 25.
    `fps=${rung.fps}`,
  ];
  return [
    ...['-c:v', 'libx264', '-preset', preset],
    ...(tune === undefined ? [] : ['-tune', tune]),
    ...['-pix_fmt', 'yuv420p', '-sc_threshold', '0', '-flags', '+cgop'],
    ...(aud ? ['-aud', '1'] : []),
    ...(threads === undefined ? [] : ['-threads', String(threads)]),
    ...['-x264-params', params.join(':')],
  ];
}
