/**
 * The address of an RTSP camera and how ffmpeg gets it: through an ffconcat list on standard input, so that the
 * password stands in no argument list (/proc/<pid>/cmdline is world-readable). Pure.
 */
import type { RtspSource } from '../config/schema.ts';

/** An address that must not be handed to ffmpeg; the message never holds the address. */
export class CameraUrlError extends Error {
  override readonly name = 'CameraUrlError';
}

/** Connecting, and every later read, gives up after this. */
const SOCKET_TIMEOUT_MS = 5_000;

export interface RtspInput {
  /** For ffmpeg's standard input. */
  readonly list: string;
  /** Everything that may not be seen anywhere: each secret as written and as it stands in the address. */
  readonly secrets: readonly string[];
  /** Smallest set that works over TCP (tried with ffmpeg 5.1): the list, and the camera's connection. */
  readonly protocols: string;
}

/**
 * @param inOrder its pictures are known to come in the order in which they are shown: not looked for
 * @throws CameraUrlError for anything but a clean rtsp:// or rtsps:// address
 */
export function rtspInput(source: RtspSource, inOrder: boolean): RtspInput {
  const url = parse(source.url);
  if (source.username !== undefined) url.username = encodeURIComponent(source.username);
  if (source.password !== undefined) url.password = encodeURIComponent(source.password);
  const secrets = [url.password, decode(url.password), source.password ?? ''];
  return {
    list: [
      'ffconcat version 1.0',
      `file ${quote(url.href)}`,
      'option rtsp_transport tcp',
      `option timeout ${SOCKET_TIMEOUT_MS * 1000}`,
      'option allowed_media_types video',
      // The frame rate is ours to set: waiting to estimate the camera's costs a second at each start.
      'option fpsprobesize 0',
      'option reorder_queue_size 0',
      // RTSP tells no decode times, and ffmpeg (5.1) has none for H.264 before it has decoded seven pictures.
      ...(inOrder ? ['option max_ts_probe 1'] : []),
      '',
    ].join('\n'),
    secrets: [...new Set(secrets)].filter((secret) => secret !== ''),
    protocols: url.protocol === 'rtsps:' ? 'pipe,tcp,tls' : 'pipe,tcp',
  };
}

function parse(text: string): URL {
  let url: URL;
  // URL silently drops tabs and newlines; a list line must not be able to grow a second one.
  if (hasControl(text)) throw new CameraUrlError('the camera address holds control characters');
  try {
    url = new URL(text);
  } catch {
    throw new CameraUrlError('the camera address is no URL; write rtsp://host:port/path');
  }
  if (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:') {
    throw new CameraUrlError('the camera address must begin with rtsp:// or rtsps://');
  }
  if (url.hostname === '') throw new CameraUrlError('the camera address names no host');
  return url;
}

const hasControl = (text: string): boolean => [...text].some((letter) => letter <= ' ' || letter === '\x7f');

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % is no escape; ffmpeg takes it as it is, too.
  }
}

/** ffmpeg-utils "Quoting and escaping": inside '…' everything is literal but the quote itself. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
