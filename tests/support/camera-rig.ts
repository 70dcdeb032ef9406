/** A camera on real ffmpeg, with its log and states recorded, for integration tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCamera } from '../../relay/camera/create-camera.ts';
import type { StreamCamera } from '../../relay/camera/stream-camera.ts';
import { Capacity } from '../../relay/capacity/capacity.ts';
import { procFiles, readCpuTime } from '../../relay/capacity/cpu-time.ts';
import { Knowledge } from '../../relay/capacity/knowledge.ts';
import type { CameraConfig } from '../../relay/config/schema.ts';
import { activityOf } from '../../relay/process/activity.ts';
import type { SpawnChild } from '../../relay/process/child.ts';
import { createRunRecords } from '../../relay/process/run-records.ts';
import { createSpawn } from '../../relay/process/spawn.ts';
import { EncoderHost } from '../../relay/transcode/encoder-host.ts';
import { WakeQueue } from '../../relay/transcode/wake-queue.ts';
import { recordedProcesses } from '../../rig/run-records.ts';
import { mediaClock, monotonicClock, platformTimers, wallClock } from '../../src/wire/ports.ts';
import type { CameraState } from '../../src/wire/protocol.ts';
import type { TimelinePart, TimelineSegment } from '../../src/wire/timeline.ts';
import { eventually } from './eventually.ts';

export interface CameraRig {
  readonly camera: StreamCamera;
  readonly dataDir: string;
  /** Every log line as JSON. */
  readonly logLines: string[];
  /** Each state the camera went through. */
  readonly states: CameraState[];
  /** Newest encoder process. */
  pid(): number;
  /** Everything the timeline was given. */
  readonly parts: { readonly part: TimelinePart; readonly segment: TimelineSegment }[];
  until(what: string, check: (state: CameraState) => boolean, withinMs?: number): Promise<CameraState>;
  /** Stops the camera and removes its folder. */
  dispose(): Promise<void>;
}

export function realSpawn(): SpawnChild {
  return createSpawn({ env: process.env, timers: platformTimers({ unref: true }) });
}

export function startCamera(
  config: CameraConfig,
  options: { ffmpegPath?: string; partMs?: number; cores?: number } = {},
): CameraRig {
  const dataDir = mkdtempSync(join(tmpdir(), 'lockstep-camera-'));
  const logLines: string[] = [];
  const states: CameraState[] = [];
  const parts: CameraRig['parts'] = [];
  const write =
    (level: string) =>
    (fields: Record<string, unknown>, message: string): void => {
      logLines.push(JSON.stringify({ level, ...fields, message }));
    };
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const spawn = realSpawn();
  const timers = platformTimers({ unref: true });
  const host = new EncoderHost({
    ffmpeg: options.ffmpegPath ?? 'ffmpeg',
    cores: options.cores ?? availableParallelism(),
    ...{ spawn, timers, log },
  });
  const knowledge = new Knowledge({ dataDir, host: ['this'], timers, log });
  const capacity = new Capacity({
    clock: monotonicClock,
    timers,
    cores: options.cores ?? availableParallelism(),
    idle: () => 1,
    cpuTime: (pid) => readCpuTime(procFiles, pid),
    viewerHere: () => false,
    model: knowledge.costs,
    learnt: () => undefined,
  });
  const camera = createCamera({
    config,
    knowledge,
    capacity,
    wakes: new WakeQueue({ timers, atOnce: 2 }),
    publishUrl: () => undefined,
    partMs: options.partMs ?? 67,
    host,
    runRecords: createRunRecords({ dataDir, ownerPid: process.pid, onProblem: () => undefined }),
    clock: monotonicClock,
    mediaClock,
    wallClock,
    timers,
    random: Math.random,
    spawn,
    activity: activityOf,
    log,
  });
  let listening = false;
  camera.onChange((state) => {
    states.push(state);
    const [media] = camera.rungs();
    if (listening || media === undefined) return;
    listening = true;
    media.timeline.onPart((part, segment) => parts.push({ part, segment }));
  });
  camera.start();
  return {
    camera,
    dataDir,
    logLines,
    states,
    parts,
    pid: () => newestRecord(dataDir),
    until: (what, check, withinMs) =>
      eventually(what, () => camera.state(), check, withinMs).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${logLines.join('\n')}`);
      }),
    async dispose() {
      await Promise.all([camera.stop(), host.stop()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function newestRecord(dataDir: string): number {
  const [newest] = recordedProcesses(dataDir);
  if (newest === undefined) throw new Error('no encoder runs');
  return newest.pid;
}
