/**
 * From a camera's configuration to one ffmpeg call: arguments, standard input, and what must stay hidden. Pure.
 * Everything is typed and checked; nothing of the configuration becomes an option by itself, and no shell sees
 * it. Running it is relay/process, reading its output relay/feed and stderr.ts.
 */
import { basename } from 'node:path';
import type { CameraConfig, SourceConfig } from '../config/schema.ts';
import { rtspInput } from './camera-url.ts';
import { ASSUMED_SIZE, defaultBitrateKbps, evenSize, type Preset, parseSize, type Size } from './sizes.ts';
import { testSceneGraph } from './test-scene.ts';

export interface EncoderRequest {
  readonly camera: CameraConfig;
  /** Shortest part, in ms. */
  readonly partMs: number;
  readonly preset: Preset;
  /** Write name and time into the test picture. */
  readonly text: boolean;
}

export interface EncoderPlan {
  readonly args: readonly string[];
  readonly stdin: string | undefined;
  /** To be cut out of everything the program says. */
  readonly secrets: readonly string[];
  /** The source in words without secrets, as in "front.mp4" or "192.0.2.7:554". */
  readonly where: string;
  /** Upper bound of the bit rate. */
  readonly bitrateKbps: number;
  /**
   * The picture keeps the size that the source had when it was opened, so that another size needs a new process
   * (ffmpeg 5.1 squeezes it into the first one).
   */
  readonly followsSourceSize: boolean;
}

/** Telemetry comes this often. */
const PROGRESS_MS = 500;
/** The buffer of the rate control: short, so that a keyframe does not clog a narrow link. */
const VBV_MS = 400;

/** @throws CameraUrlError when the camera's address cannot be used */
export function planEncoder(request: EncoderRequest): EncoderPlan {
  const { camera } = request;
  const input = sourceInput(request);
  const size = outputSize(camera);
  const bitrateKbps = camera.encode.bitrateKbps ?? defaultBitrateKbps(size ?? ASSUMED_SIZE);
  const followsSourceSize =
    size === undefined && (camera.source.type === 'rtsp' || camera.source.type === 'v4l2');
  return {
    args: [
      '-hide_banner',
      '-nostdin',
      // A change of the source's size is told at this level only.
      ...['-loglevel', followsSourceSize ? 'level+verbose' : 'level+warning'],
      ...['-nostats', '-progress', 'pipe:3', '-stats_period', String(PROGRESS_MS / 1000)],
      ...input.args,
      ...['-map', '0:v:0', '-an', '-sn', '-dn'],
      ...['-vf', videoFilter(camera)],
      ...encoderArgs(request, size, bitrateKbps),
      ...outputArgs(request),
    ],
    stdin: input.stdin,
    secrets: input.secrets ?? [],
    where: input.where,
    bitrateKbps,
    followsSourceSize,
  };
}

/** The size of the encoded picture where the configuration fixes it. */
export function outputSize(camera: CameraConfig): Size | undefined {
  const { encode, source } = camera;
  if (encode.size !== undefined) return evenSize(parseSize(encode.size));
  return source.type === 'test' ? evenSize(parseSize(source.size)) : undefined;
}

interface Input {
  readonly args: readonly string[];
  readonly where: string;
  readonly stdin?: string;
  readonly secrets?: readonly string[];
}

const LOW_DELAY = ['-fflags', 'nobuffer', '-flags', 'low_delay', '-fpsprobesize', '0'];

function sourceInput({ camera, text }: EncoderRequest): Input {
  const { source } = camera;
  switch (source.type) {
    case 'rtsp': {
      const { list, secrets, protocols } = rtspInput(source);
      return {
        args: [
          ...LOW_DELAY,
          ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', protocols, '-i', 'pipe:0'],
        ],
        stdin: list,
        secrets,
        where: new URL(source.url).host,
      };
    }
    case 'v4l2':
      return {
        args: [
          ...LOW_DELAY,
          ...['-f', 'v4l2'],
          ...(source.size === undefined ? [] : ['-video_size', source.size]),
          ...(source.fps === undefined ? [] : ['-framerate', String(source.fps)]),
          ...['-i', source.device],
        ],
        where: source.device,
      };
    case 'file':
      return {
        // The prefix keeps a name with a colon or a leading dash from being read as anything but a file.
        args: ['-protocol_whitelist', 'file', '-re', '-stream_loop', '-1', '-i', `file:${source.path}`],
        where: basename(source.path),
      };
    case 'test':
      return { args: testInput(camera, source, text), where: 'test picture' };
  }
}

function testInput(
  camera: CameraConfig,
  source: Extract<SourceConfig, { type: 'test' }>,
  text: boolean,
): string[] {
  const graph = testSceneGraph({
    id: camera.id,
    name: camera.name ?? camera.id,
    size: parseSize(source.size),
    fps: source.fps,
    text,
    realtime: true,
  });
  // Without these limits ffmpeg reads ahead for seconds to guess what we know.
  return [...LOW_DELAY, '-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', graph];
}

/** A fixed size keeps the aspect ratio whatever the source sends; otherwise the sides are only made even. */
function videoFilter({ encode }: CameraConfig): string {
  if (encode.size === undefined) return 'scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1';
  const { width, height } = evenSize(parseSize(encode.size));
  return `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2,pad=${width}:${height}:-1:-1,setsar=1`;
}

function encoderArgs(
  { camera, preset }: EncoderRequest,
  size: Size | undefined,
  bitrateKbps: number,
): string[] {
  const { fps, gopMs } = camera.encode;
  const gop = String(Math.max(1, Math.round((gopMs * fps) / 1000)));
  return [
    ...['-fps_mode', 'cfr', '-r', String(fps)],
    ...['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0', '-flags', '+cgop'],
    // Of unknown size the rate must not be spent for its own sake: constant quality below the same ceiling.
    ...(size === undefined && camera.encode.bitrateKbps === undefined
      ? ['-crf', '23']
      : ['-b:v', `${bitrateKbps}k`]),
    ...['-maxrate', `${bitrateKbps}k`, '-bufsize', `${Math.round((bitrateKbps * VBV_MS) / 1000)}k`],
  ];
}

function outputArgs({ camera, partMs }: EncoderRequest): string[] {
  const { fps } = camera.encode;
  const frames = Math.max(1, Math.round((partMs * fps) / 1000));
  // The muxer cuts at the first frame that is this far from the fragment's start: half a frame of slack.
  const fragmentUs = Math.round(((frames - 0.5) * 1_000_000) / fps);
  return [
    ...['-f', 'mp4', '-movflags', '+empty_moov+default_base_moof+frag_keyframe'],
    ...['-frag_duration', String(fragmentUs), '-flush_packets', '1', 'pipe:1'],
  ];
}
