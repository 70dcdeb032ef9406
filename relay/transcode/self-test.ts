/**
 * Measures what encoding costs on this host: CPU time per picture of a synthetic camera. CPU time, not the time
 * that passes, so that a host that is busy with something else is not taken for a slow one; and the difference of a
 * long and a short clip, so that starting the program and drawing the first picture do not count.
 */
import { describeEnding, type Ending } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { QUIET } from '../source/ffmpeg-input.ts';
import { defaultBitrateKbps, type Preset, pixels, type Size, sizeText } from '../source/sizes.ts';
import { StderrReader } from '../source/stderr.ts';
import { testSceneGraph } from '../source/test-scene.ts';

/** Pictures of the short clip: past the first keyframe. */
const SHORT_FRAMES = 5;
/** The long clip has this many pixels more, two seconds of 1080p60, within these limits. */
const PIXELS = 250e6;
const MIN_FRAMES = 30;
const MAX_FRAMES = 300;
/** For both clips together; what takes longer is too slow at any rate. */
const LIMIT_MS = 12_000;
const FPS = 30;

export interface SelfTestRequest {
  readonly ffmpeg: string;
  readonly size: Size;
  readonly preset: Preset;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Encodes two clips as fast as it can, drawing included.
 * @returns CPU seconds per picture: times the rate, it is the cores that such a camera takes
 * @throws Error when ffmpeg cannot do it at all, or not in a bearable time; the message says why
 */
export async function selfTest(deps: ShortRunDeps, request: SelfTestRequest): Promise<number> {
  const frames = Math.min(MAX_FRAMES, Math.max(MIN_FRAMES, Math.round(PIXELS / pixels(request.size))));
  const short = await cpuSeconds(deps, request, SHORT_FRAMES);
  const long = await cpuSeconds(deps, request, SHORT_FRAMES + frames);
  return Math.max(0, long - short) / frames;
}

async function cpuSeconds(deps: ShortRunDeps, request: SelfTestRequest, frames: number): Promise<number> {
  const { size, preset } = request;
  const graph = testSceneGraph({ id: 'self-test', name: '', size, fps: FPS, text: false, realtime: false });
  const rate = `${defaultBitrateKbps(size)}k`;
  const stderr = new StderrReader({ source: 'test', where: 'test picture', secrets: [] });
  let said = '';
  const { ending, late } = await runShort(deps, {
    spec: {
      program: request.ffmpeg,
      args: [
        ...[...QUIET, '-benchmark', '-loglevel', 'level+info'],
        ...['-probesize', '32', '-analyzeduration', '0', '-f', 'lavfi', '-i', graph],
        ...['-frames:v', String(frames)],
        // Without a rate ffmpeg takes the graph's time base, 1/1000, for one and fills it with copies.
        ...['-fps_mode', 'cfr', '-r', String(FPS)],
        ...['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', '-g', String(FPS)],
        ...['-pix_fmt', 'yuv420p', '-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-f', 'null', '-'],
      ],
    },
    limitMs: LIMIT_MS / 2,
    signal: request.signal,
    onStderr: (text) => {
      stderr.push(text);
      said += text;
    },
  });
  const times = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(said);
  if (times !== null && ending.kind === 'exit' && ending.code === 0)
    return Number(times[1]) + Number(times[2]);
  const problem: Ending = late ? { kind: 'no-start', waitedMs: LIMIT_MS / 2 } : ending;
  const reason = (late ? undefined : stderr.reason) ?? describeEnding(problem, 'encoder self-test');
  throw new Error(`self-test at ${sizeText(size)}, preset ${preset}: ${reason}`);
}
