/** Measures how fast this host encodes a synthetic picture: decides whether a size can be had in real time. */
import type { Clock } from '../../src/shared/ports.ts';
import type { SpawnChild } from '../process/child.ts';
import { describeEnding } from '../process/ending.ts';
import { defaultBitrateKbps, type Preset, type Size } from './sizes.ts';
import { StderrReader } from './stderr.ts';
import { testSceneGraph } from './test-scene.ts';

export interface SelfTestOptions {
  readonly ffmpegPath: string;
  readonly size: Size;
  readonly fps: number;
  readonly preset: Preset;
  /** Length of the synthetic clip. */
  readonly seconds: number;
  readonly spawn: SpawnChild;
  /** Monotonic. */
  readonly clock: Clock;
}

/**
 * Encodes the clip as fast as it can, drawing included.
 * @returns media time per time: 2 means that two such cameras fill the host; below 1 one camera is too much
 * @throws Error when ffmpeg cannot do it at all; the message says why
 */
export function selfTest(options: SelfTestOptions): Promise<{ speed: number }> {
  const { size, fps, preset, seconds, clock } = options;
  const graph = testSceneGraph({ id: 'self-test', name: '', size, fps, text: false, realtime: false });
  const rate = `${defaultBitrateKbps(size)}k`;
  const stderr = new StderrReader({ source: 'test', where: 'test picture', secrets: [] });
  const startedMs = clock.now();
  return new Promise((resolve, reject) => {
    options.spawn(
      {
        program: options.ffmpegPath,
        args: [
          ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+error'],
          ...['-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', graph, '-t', String(seconds)],
          // Without a rate ffmpeg takes the graph's time base, 1/1000, for one and fills it with copies.
          ...['-fps_mode', 'cfr', '-r', String(fps)],
          ...['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', '-g', String(fps)],
          ...['-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-f', 'null', '-'],
        ],
      },
      {
        onStdout: () => undefined,
        onStderr: (text) => void stderr.push(text),
        onControl: () => undefined,
        onEnded: (ending) => {
          const elapsedMs = clock.now() - startedMs;
          if (ending.kind === 'exit' && ending.code === 0) resolve({ speed: (seconds * 1000) / elapsedMs });
          else reject(new Error(stderr.reason ?? describeEnding(ending, 'encoder self-test')));
        },
      },
    );
  });
}
