/**
 * A camera's source as ffmpeg's input: arguments, standard input, and what must stay hidden. Pure. Everything is
 * typed and checked; nothing of the configuration becomes an option by itself, and no shell sees it.
 */
import { basename } from 'node:path';
import type { CameraConfig, SourceConfig } from '../config/schema.ts';
import { rtspInput } from './camera-url.ts';
import { parseSize } from './sizes.ts';
import { testSceneGraph } from './test-scene.ts';

export interface FfmpegInput {
  readonly args: readonly string[];
  /** The source in words without secrets, as in "front.mp4" or "192.0.2.7:554". */
  readonly where: string;
  readonly stdin?: string;
  /** To be cut out of everything the program says. */
  readonly secrets: readonly string[];
}

export type CameraSource = Pick<CameraConfig, 'id' | 'name' | 'source'>;

const LOW_DELAY = ['-flags', 'low_delay', '-fpsprobesize', '0'];
/** What was read to find out what it is gets thrown away: of a device only what is old by then. */
const UNBUFFERED = ['-fflags', 'nobuffer', ...LOW_DELAY];

/**
 * @param text write name and time into the test picture
 * @param inOrder see rtspInput
 * @throws CameraUrlError when the camera's address cannot be used
 */
export function ffmpegInput(camera: CameraSource, text: boolean, inOrder = false): FfmpegInput {
  const { source } = camera;
  switch (source.type) {
    case 'rtsp': {
      const { list, secrets, protocols } = rtspInput(source, inOrder);
      return {
        // Without nobuffer: probing reads up to the first keyframe, and the next one is a whole group of pictures away.
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
          ...UNBUFFERED,
          ...['-f', 'v4l2'],
          ...(source.size === undefined ? [] : ['-video_size', source.size]),
          ...(source.fps === undefined ? [] : ['-framerate', String(source.fps)]),
          ...['-i', source.device],
        ],
        secrets: [],
        where: source.device,
      };
    case 'file':
      return {
        // The prefix keeps a name with a colon or a leading dash from being read as anything but a file.
        args: ['-protocol_whitelist', 'file', '-re', '-stream_loop', '-1', '-i', `file:${source.path}`],
        secrets: [],
        where: basename(source.path),
      };
    case 'test':
      return { args: testInput(camera, source, text), secrets: [], where: 'test picture' };
  }
}

function testInput(
  camera: CameraSource,
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
  return [...UNBUFFERED, '-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', graph];
}

/** Of each run that has no picture to show. */
export const QUIET = ['-hide_banner', '-nostdin', '-nostats'];
/** The video of the first input, and nothing else of it. */
export const ONLY_VIDEO = ['-an', '-sn', '-dn'];
