/** Decodes media with ffmpeg and reads the clock strip of each frame: what the picture says about its own time. */
import { spawnSync } from 'node:child_process';
import { decodeStrip, STRIP } from '../../src/shared/strip.ts';

/**
 * @param media init segment followed by parts
 * @returns one entry per frame: wall clock modulo the strip's wrap, or undefined where the strip is not readable
 */
export function readStrips(media: readonly Uint8Array[]): (number | undefined)[] {
  const filter = `crop=iw:ih*${STRIP.heightRatio}:0:0,scale=${STRIP.cells}:1:flags=area,format=gray`;
  const { stdout, status, stderr } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', 'pipe:0', '-vf', filter, '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
    { input: Buffer.concat(media), maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`ffmpeg could not decode: ${stderr.toString()}`);
  const frames: (number | undefined)[] = [];
  for (let at = 0; at + STRIP.cells <= stdout.length; at += STRIP.cells) {
    frames.push(decodeStrip([...stdout.subarray(at, at + STRIP.cells)].map((luma) => luma > 128)));
  }
  return frames;
}
