/** A camera's stream without a camera: a clip, played at its own rate by ffmpeg and passed on, as a Timeline. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type Frame, FrameReader, type StreamInit } from '../../relay/media/frame-reader.ts';
import { PartGrouper } from '../../relay/media/part-grouper.ts';
import { writePart } from '../../relay/media/part-writer.ts';
import { mediaClock } from '../../src/wire/ports.ts';
import { Timeline } from '../../src/wire/timeline.ts';

const PART_MS = 67;

export interface Clip {
  readonly path: string;
  readonly size: string;
  readonly fps: number;
  readonly seconds: number;
  /** Distance of its keyframes. */
  readonly gopS: number;
  readonly extra?: readonly string[];
}

/** Moving and noisy, as cameras are. */
export async function drawClip({ path, size, fps, seconds, gopS, extra = [] }: Clip): Promise<void> {
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${fps},noise=alls=4:allf=t`],
    ...['-t', String(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'],
    ...['-pix_fmt', 'yuv420p', '-g', String(gopS * fps), '-sc_threshold', '0', '-bf', '0', ...extra, path],
  ]);
}

export interface ClipSource {
  readonly timeline: Timeline;
  /** Another clip, as when a camera is set up anew. */
  play(path: string): Promise<void>;
  /** The camera says nothing, or goes on. */
  pause(paused: boolean): void;
  stop(): Promise<void>;
}

export async function playClip(
  path: string,
  timeline = new Timeline({ windowMs: 10_000 }),
): Promise<ClipSource> {
  let child: ReturnType<typeof spawn> | undefined;
  let epoch = 0;
  const end = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'close');
    ending.kill('SIGKILL');
    await ended;
  };
  const play = async (clip: string): Promise<void> => {
    await end();
    epoch += 1;
    const own = epoch;
    const reader = new FrameReader();
    const grouper = new PartGrouper(PART_MS);
    let init: StreamInit | undefined;
    let originMs: number | undefined;
    let sequence = 0;
    const take = (frame: Frame): void => {
      originMs ??= mediaClock.now() - frame.startMs - frame.durationMs;
      for (const group of grouper.push(frame)) {
        if (init === undefined) continue;
        sequence += 1;
        timeline.append({
          ...{ epoch: own, initId: `s${own}`, durationMs: group.durationMs, independent: group.independent },
          ...{ pdtMs: originMs + group.startMs, mediaMs: group.startMs, startsSegment: group.independent },
          data: writePart(group, init, sequence),
        });
      }
    };
    const started = spawn(
      'ffmpeg',
      [
        ...['-v', 'error', '-re', '-stream_loop', '-1', '-i', clip, '-c', 'copy', '-f', 'mp4'],
        ...['-movflags', '+empty_moov+default_base_moof+frag_every_frame', '-flush_packets', '1', 'pipe:1'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    child = started;
    started.stdout.on('data', (chunk: Buffer) => {
      if (own !== epoch) return;
      for (const item of reader.push(chunk)) {
        if (item.kind === 'frame') take(item);
        else {
          init = item;
          const { bytes, codecs, width, height } = item;
          timeline.addInit({ id: `s${own}`, bytes, codecs, width, height });
        }
      }
    });
  };
  await play(path);
  return {
    timeline,
    play,
    pause: (paused) => void child?.kill(paused ? 'SIGSTOP' : 'SIGCONT'),
    stop: end,
  };
}
