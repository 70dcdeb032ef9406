/**
 * One ffmpeg call for all rungs of a camera: the source is decoded once, each rung is scaled from the next larger
 * one, and each has its own encoder and output. Pure. Nothing of the configuration becomes an option by itself.
 */
import { ffmpegOutput } from '../media/ffmpeg-output.ts';
import { FIRST_OUTPUT } from '../process/child.ts';
import { ffmpegInput, ONLY_VIDEO, QUIET } from '../source/ffmpeg-input.ts';
import type { Size } from '../source/sizes.ts';
import type { EncodeJob, EncoderBackend, EncoderPlan, Sink } from './backend.ts';
import type { HardwareEncoder } from './hardware.ts';
import type { RungPlan } from './ladder.ts';
import { gopFrames, type X264Profile } from './profiles.ts';

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
export const followsSourceSize = ({ camera, rungs }: EncodeJob): boolean =>
  rungs[0]?.size === undefined && (camera.source.type === 'rtsp' || camera.source.type === 'v4l2');

export function createFfmpegBackend(program: string): EncoderBackend {
  return { name: 'ffmpeg', plan: (job) => plan(program, job) };
}

function plan(program: string, job: EncodeJob): EncoderPlan {
  const { camera, rungs, hardware, copyBest, profile } = job;
  const input = ffmpegInput(camera, job.text);
  const follows = followsSourceSize(job);
  // The first rung has standard output: a program that is no ffmpeg is found out by what it writes there.
  const outputs = rungs.map((_, n) => (n === 0 ? 1 : FIRST_OUTPUT + n - 1));
  const encoded = copyBest ? rungs.slice(1) : rungs;
  const { graph, labels } = filterGraph(encoded, {
    fps: rungs[0]?.fps ?? 0,
    always: madeHere(job),
    suffix: hardware?.filter,
  });
  const args = [
    ...QUIET,
    ...logLevel(follows && !copyBest),
    ...PROGRESS,
    ...(encoded.length > 0 ? (hardware?.device ?? []) : []),
    ...input.args,
    ...(graph === undefined ? [] : ['-filter_complex', graph]),
    ...rungs.flatMap((rung, n) => {
      const target = output(job.sink, rung, outputs[n] ?? 1);
      if (copyBest && n === 0) return ['-map', '0:v:0', ...ONLY_VIDEO, '-c:v', 'copy', ...target];
      const label = labels[n - (copyBest ? 1 : 0)] ?? '';
      return ['-map', label, ...ONLY_VIDEO, ...encoderArgs(job, rung), ...target];
    }),
  ];
  const held = profile.delayFrames === 0 ? 0 : profile.delayFrames + MUXER_FRAMES;
  return {
    spec: { program, args, stdin: input.stdin, outputs: outputs.length - 1 },
    outputs,
    secrets: input.secrets,
    publishedAt: publishedAt(job),
    where: input.where,
    followsSourceSize: follows && !copyBest,
    reportsProgress: true,
    // Of a stream that is passed on nothing is kept back, and its time holds for the rungs below it.
    delayMs: copyBest ? 0 : (held * 1000) / (rungs[0]?.fps ?? 1),
  };
}

interface Grid {
  /** Rate of the best rung. */
  readonly fps: number;
  /** Put all pictures on times of that rate also where no rung is slower. */
  readonly always: boolean;
  /** What a hardware encoder wants done to its pictures. */
  readonly suffix: string | undefined;
}

/** Scales each rung from the one before it, which costs a fraction of scaling each from the source. */
function filterGraph(
  rungs: readonly RungPlan[],
  { fps: sourceFps, always, suffix }: Grid,
): { graph: string | undefined; labels: readonly string[] } {
  const tail = suffix === undefined ? '' : `,${suffix}`;
  const grid = always || rungs.some(({ fps }) => fps < sourceFps) ? `${onGrid(sourceFps)},` : '';
  const stages = rungs.map((rung, n) => {
    // Pictures that neither this rung nor a smaller one shows are not even scaled.
    const rate = Math.max(...rungs.slice(n).map(({ fps }) => fps));
    const before = n === 0 ? sourceFps : Math.max(...rungs.slice(n - 1).map(({ fps }) => fps));
    const from = n === 0 ? `[0:v:0]${grid}` : `[s${n}]`;
    const thin = before > rate ? `${everyNth(rate, before)},` : '';
    // From 2160p30 to 360p: bicubic 0.12 cores, bilinear 0.06, area 0.05, which also aliases least.
    const scaled = `${from}${thin}${fitted(rung.size, n > 0)}`;
    const own = rung.fps < rate ? everyNth(rung.fps, rate) : 'null';
    if (n === rungs.length - 1) return `${scaled}${tail}[v${n}]`;
    return `${scaled},split[o${n}][s${n + 1}];[o${n}]${own}${tail}[v${n}]`;
  });
  return {
    graph: stages.length === 0 ? undefined : stages.join(';'),
    labels: rungs.map((_, n) => `[v${n}]`),
  };
}

/**
 * Puts each picture into the next slot of a constant rate while it is near enough, as the constant-rate output does,
 * which would decide for each rung anew: a frame apart, the same moment would have two times. The first picture has
 * time 0, as on each output. Never waits.
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

function encoderArgs(job: EncodeJob, rung: RungPlan): string[] {
  const { hardware, profile, gopMs, copyBest } = job;
  const { fps } = rung;
  const gop = gopFrames(gopMs, fps);
  return [
    ...['-fps_mode', madeHere(job) ? 'vfr' : 'cfr', '-r', String(fps)],
    ...(hardware === undefined ? x264Args(job) : hardware.args),
    ...(copyBest
      ? // Keyframes where the camera has them: its GOP may be up to 2 s, so this is only a limit.
        ['-force_key_frames', 'source_no_drop', '-g', String(4 * fps)]
      : [
          // By time, so that rungs of different rates have them together; the number of frames is the safety net.
          ...['-force_key_frames', `expr:gte(t+0.002,n_forced*${gopMs / 1000})`],
          ...['-g', String(gop), '-keyint_min', String(gop)],
        ]),
    ...['-bf', '0'],
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

export function x264Args({ preset, profile }: Pick<EncodeJob, 'preset' | 'profile'>): string[] {
  const { tune, aud, slicedThreads, lookaheadFrames, threads } = profile;
  const params = [
    ...(slicedThreads === undefined ? [] : ['sliced-threads=1']),
    // The threaded look-ahead of its own would hold back even more pictures.
    ...(lookaheadFrames === undefined ? [] : [`rc-lookahead=${lookaheadFrames}`, 'sync-lookahead=0']),
  ];
  return [
    ...['-c:v', 'libx264', '-preset', preset],
    ...(tune === undefined ? [] : ['-tune', tune]),
    ...['-pix_fmt', 'yuv420p', '-sc_threshold', '0', '-flags', '+cgop'],
    ...(aud ? ['-aud', '1'] : []),
    ...(threads === undefined ? [] : ['-threads', String(threads)]),
    ...(params.length === 0 ? [] : ['-x264-params', params.join(':')]),
  ];
}

const MUXER = {
  movflags: '+empty_moov+default_base_moof+frag_every_frame',
  flush_packets: '1',
};

const output = ({ publishUrl }: Sink, { id }: RungPlan, fd: number): string[] =>
  ffmpegOutput({ fd, muxer: MUXER, publish: publishUrl?.(id) });

function publishedAt({ rungs, sink }: EncodeJob): string | undefined {
  const url = sink.publishUrl?.(rungs[0]?.id ?? '');
  return url === undefined ? undefined : new URL(url).host;
}
