/** Decodes media with ffmpeg and reads the clock strip of each frame: what the picture says about its own time. */
import { spawnSync } from 'node:child_process';
import { decodeStrip, STRIP } from '../../src/wire/strip.ts';

export interface TimedStrip {
  /** Of the frame after the first one, in media time. */
  readonly afterMs: number;
  /** Wall clock modulo the strip's wrap, or undefined where the strip is not readable. */
  readonly strip: number | undefined;
}

/**
 * One entry for each frame, with the time at which it is shown.
 * @param media init segment followed by parts
 */
export function readTimedStrips(media: readonly Uint8Array[]): TimedStrip[] {
  const { strips, stderr } = decode(media);
  const times = [...stderr.matchAll(/ pts_time:([\d.]+)/g)].map((found) => Number(found[1]) * 1000);
  if (times.length !== strips.length) throw new Error(`${strips.length} frames have ${times.length} times`);
  return strips.map((strip, i) => ({ strip, afterMs: (times[i] ?? 0) - (times[0] ?? 0) }));
}

function decode(media: readonly Uint8Array[]): { strips: (number | undefined)[]; stderr: string } {
  const filter = `crop=iw:ih*${STRIP.heightRatio}:0:0,scale=${STRIP.cells}:1:flags=area,format=gray,showinfo`;
  const { stdout, status, stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'info', '-nostats', '-copyts', '-i', 'pipe:0', '-vf', filter],
      ...['-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
    ],
    { input: Buffer.concat(media), maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`ffmpeg could not decode: ${stderr.toString()}`);
  const strips: (number | undefined)[] = [];
  for (let at = 0; at + STRIP.cells <= stdout.length; at += STRIP.cells) {
    strips.push(decodeStrip([...stdout.subarray(at, at + STRIP.cells)].map((luma) => luma > 128)));
  }
  return { strips, stderr: stderr.toString() };
}
