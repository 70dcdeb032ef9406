/**
 * Finds the hardware encoder that works on this host, by encoding ten frames with each: drivers, device nodes and
 * permissions all have to be right, and nothing else shows it.
 */
import { describeEnding } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { QUIET } from '../source/ffmpeg-input.ts';
import { type Size, sizeText } from '../source/sizes.ts';
import { StderrReader } from '../source/stderr.ts';
import { type HardwareEncoder, listedHardware } from './hardware.ts';

const FRAMES = 10;
/** A driver that hangs must not hold up the camera. */
const LIMIT_MS = 5_000;
const LIST_LIMIT_MS = 10_000;

export interface HardwareProbe {
  /** Those that work, the preferred first. */
  readonly working: readonly HardwareEncoder[];
  /** Why the others do not, as in "h264_nvenc: Cannot load libcuda.so.1". */
  readonly failures: readonly string[];
}

export interface HardwareProbeRequest {
  readonly ffmpeg: string;
  /** Of the largest picture: many encoders end at 1080p. */
  readonly size: Size;
  readonly signal: AbortSignal;
}

export async function probeHardware(
  deps: ShortRunDeps,
  request: HardwareProbeRequest,
): Promise<HardwareProbe> {
  let listed = '';
  const decoder = new TextDecoder();
  await runShort(deps, {
    spec: { program: request.ffmpeg, args: ['-hide_banner', '-encoders'] },
    limitMs: LIST_LIMIT_MS,
    signal: request.signal,
    onStdout: (chunk) => {
      listed += decoder.decode(chunk, { stream: true });
    },
  });
  const working: HardwareEncoder[] = [];
  const failures: string[] = [];
  for (const encoder of listedHardware(listed)) {
    const failure = await failureOf(deps, request, encoder);
    if (failure === undefined) working.push(encoder);
    else failures.push(`${encoder.name}: ${failure}`);
  }
  return { working, failures };
}

async function failureOf(
  deps: ShortRunDeps,
  { ffmpeg, size, signal }: HardwareProbeRequest,
  { device, filter, args }: HardwareEncoder,
): Promise<string | undefined> {
  const stderr = new StderrReader({ source: 'test', where: 'test picture', secrets: [] });
  const { ending, late } = await runShort(deps, {
    spec: {
      program: ffmpeg,
      args: [
        ...[...QUIET, '-loglevel', 'level+error'],
        ...device,
        ...['-f', 'lavfi', '-i', `testsrc2=s=${sizeText(size)}:r=30`],
        ...['-frames:v', String(FRAMES), '-vf', filter],
        ...args,
        ...['-bf', '0', '-b:v', '2M', '-f', 'null', '-'],
      ],
    },
    limitMs: LIMIT_MS,
    signal,
    onStderr: (text) => void stderr.push(text),
  });
  if (late) return `did not answer within ${LIMIT_MS / 1000} s`;
  if (ending.kind === 'exit' && ending.code === 0) return undefined;
  // ffmpeg's last words are about the muxer or the codec in general; its first tell what is missing.
  const first = stderr.lines[0]?.replace(/^(\[[^\]]*\] ?)+/, '').trim();
  return first ?? describeEnding(ending, 'encoder');
}
