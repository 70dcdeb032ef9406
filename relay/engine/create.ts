/** Builds the engine that was chosen. What it does is left to the cameras and to relay/mediamtx. */
import { createBuiltinCamera } from '../camera/builtin-camera.ts';
import { findMediamtx } from '../mediamtx/find.ts';
import { chooseEngine } from './choose.ts';
import type { Engine, EngineDeps } from './engine.ts';
import { createMediamtxEngine } from './mediamtx-engine.ts';

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
