/** A transcoder on real programs, with everything that it delivers and says recorded. */
import { kill } from 'node:process';
import { activityOf } from '../../relay/process/activity.ts';
import { bitrateAt, parseSize } from '../../relay/source/sizes.ts';
import { startPreset, x264Profile } from '../../relay/transcode/profiles.ts';
import type { TranscodeJob } from '../../relay/transcode/transcode-plan.ts';
import { Transcoder } from '../../relay/transcode/transcoder.ts';
import { WakeQueue } from '../../relay/transcode/wake-queue.ts';
import { monotonicClock, platformTimers } from '../../src/wire/ports.ts';
import { Timeline, type TimelinePart } from '../../src/wire/timeline.ts';
import { realSpawn } from './camera-rig.ts';
import { eventually } from './eventually.ts';

const timers = platformTimers({ unref: true });

export function transcodeJob(size: string, more: Partial<TranscodeJob> = {}): TranscodeJob {
  const box = parseSize(size);
  const fps = 25;
  return {
    ...{ backend: 'ffmpeg', ffmpeg: 'ffmpeg', sourceFps: fps, gopMs: 2_000, keyframesOnly: false },
    sourceSize: undefined,
    rung: {
      ...{ id: 'small', size: box, expected: box, fps },
      ...{ bitrateKbps: bitrateAt(box, fps), constantQuality: false },
    },
    preset: startPreset('low-latency', box),
    profile: x264Profile('low-latency', box),
    ...{ hardware: undefined, publishUrl: undefined },
    ...more,
  };
}

export interface Shown {
  readonly part: TimelinePart;
  readonly mediaMs: number;
  readonly epoch: number;
  readonly atMs: number;
}

/** Each part from now on. */
export function record(timeline: Timeline): Shown[] {
  const shown: Shown[] = [];
  timeline.onPart((part, { epoch }) =>
    shown.push({ part, epoch, mediaMs: part.mediaMs ?? Number.NaN, atMs: performance.now() }),
  );
  return shown;
}

export interface TranscoderRig {
  readonly transcoder: Transcoder;
  readonly target: Timeline;
  readonly shown: Shown[];
  readonly logged: string[];
  pid(): number;
  signal(signal: NodeJS.Signals): void;
  /** Waits for so many more parts. */
  more(count: number, withinMs?: number): Promise<void>;
}

export function startTranscoder(
  source: Timeline,
  job: TranscodeJob,
  options: { wakes?: WakeQueue; target?: Timeline } = {},
): TranscoderRig {
  const target = options.target ?? new Timeline({ windowMs: 20_000 });
  const shown = record(target);
  const logged: string[] = [];
  const write = (_fields: object, message: string): void => void logged.push(message);
  const transcoder = new Transcoder({
    ...{
      label: 'camera test (small)',
      target,
      partMs: 67,
      clock: monotonicClock,
      timers,
      activity: activityOf,
    },
    wakes: options.wakes ?? new WakeQueue({ timers, atOnce: 4 }),
    ...{ random: Math.random, spawn: realSpawn(), runRecords: { add: () => () => undefined } },
    log: { debug: () => undefined, info: () => undefined, warn: write, error: write },
    onChange: () => undefined,
  });
  transcoder.make({ source, job });
  const pid = (): number => transcoder.figures?.pids[0] ?? -1;
  return {
    ...{ transcoder, target, shown, logged, pid },
    signal: (signal) => void kill(pid(), signal),
    more: async (count, withinMs) => {
      const until = shown.length + count;
      await eventually(
        `${count} more parts`,
        () => shown.length,
        (length) => length >= until,
        withinMs,
      );
    },
  };
}
