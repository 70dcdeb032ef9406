/** Builds the engine that was chosen. What it does is left to the cameras and to relay/mediamtx. */
import type { Clock, Timers } from '../../src/wire/ports.ts';
import { createBuiltinCamera } from '../camera/builtin-camera.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { findMediamtx } from '../mediamtx/find.ts';
import type { SpawnChild } from '../process/child.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import { chooseEngine } from './choose.ts';
import type { Engine } from './engine.ts';
import { createMediamtxEngine } from './mediamtx-engine.ts';

export interface EngineDeps {
  readonly config: Config;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This process. */
  readonly ownerPid: number;
  readonly spawn: SpawnChild;
  /** What the cameras' encoders share. */
  readonly host: EncoderHost;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly log: Log;
}

/** @throws EngineError when the configured engine cannot run on this host */
export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const { config, dataDir, env, spawn, timers, log } = deps;
  const find = () => findMediamtx({ env, dataDir, configured: config.mediamtx.path, spawn, timers });
  const choice = await chooseEngine(config.engine, find);
  if (choice.name === 'builtin') return createBuiltinEngine(deps, choice.why);
  for (const problem of choice.passedOver) log.warn({ area: 'mediamtx' }, problem);
  return createMediamtxEngine(deps, choice);
}

function createBuiltinEngine(deps: EngineDeps, why: string): Engine {
  const { config, log } = deps;
  return {
    name: 'builtin',
    why,
    whep: undefined,
    withoutWhepBecause: 'they need MediaMTX, which this relay does not use',
    createCamera: (camera) =>
      createBuiltinCamera({
        ...deps,
        config: camera,
        partMs: config.media.partMs,
        log: log.child({ camera: camera.id }),
      }),
    start: () => undefined,
    stop: () => Promise.resolve(),
  };
}
