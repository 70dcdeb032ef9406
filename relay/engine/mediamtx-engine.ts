/** The engine that goes through a private MediaMTX: the server first, then cameras that publish to it and pull from it. */
import { EncodedCamera } from '../camera/encoded-camera.ts';
import { MediamtxOutlet } from '../camera/mediamtx-outlet.ts';
import { createRungTimeline } from '../camera/rung-timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import { MediamtxManager } from '../mediamtx/manager.ts';
import { createPortProbe } from '../mediamtx/ports.ts';
import { FIRST_GOP_MS } from '../mediamtx/settings.ts';
import { MediamtxWhep } from '../mediamtx/whep.ts';
import { createHttpConnect } from '../pull/http.ts';
import { PullFeed } from '../pull/pull-feed.ts';
import type { EngineChoice } from './choose.ts';
import type { Engine, EngineCamera, EngineDeps } from './engine.ts';
import { mediamtxOptions } from './mediamtx-options.ts';

type Choice = Extract<EngineChoice, { name: 'mediamtx' }>;

export function createMediamtxEngine(deps: EngineDeps, { why, program }: Choice): Engine {
  const { config, log, timers, mediaClock } = deps;
  const options = mediamtxOptions(config, program);
  const manager = new MediamtxManager({
    ...deps,
    options,
    portProbe: createPortProbe(),
    log: log.child({ area: 'mediamtx' }),
  });
  const whep =
    options.webrtc === undefined
      ? undefined
      : new MediamtxWhep({
          endpoint: () => (manager.state.name === 'ready' ? manager.endpoints?.whep : undefined),
          sessions: () => manager.webrtcSessions(),
          timers,
        });
  const connect = createHttpConnect({ timers });
  const endpoint = () => {
    const { hlsBase, hlsSecret } = manager.endpoints ?? {};
    return hlsBase === undefined || hlsSecret === undefined
      ? undefined
      : { hlsBase: `${hlsBase}/`, hlsSecret };
  };
  const outlets: MediamtxOutlet[] = [];

  const createCamera = (camera: CameraConfig): EngineCamera => {
    const cameraLog = log.child({ camera: camera.id });
    const outlet = new MediamtxOutlet({
      ...deps,
      camera: camera.id,
      manager,
      firstGopMs: options.hls.segmentMs < FIRST_GOP_MS ? FIRST_GOP_MS : undefined,
      log: cameraLog,
      createTimeline: () => createRungTimeline(camera),
      createFeed: (request) =>
        new PullFeed({
          ...request,
          endpoint,
          connect,
          configuredPartMs: options.hls.partMs,
          mediaClock,
          timers,
          log: cameraLog,
        }),
    });
    outlets.push(outlet);
    return new EncodedCamera({ ...deps, config: camera, outlet, log: cameraLog });
  };

  return {
    name: 'mediamtx',
    why,
    whep,
    withoutWhepBecause: whep === undefined ? 'set "mediamtx.webrtc.enabled: true" on the relay' : '',
    createCamera,
    start: () => manager.start(),
    async stop() {
      for (const outlet of outlets) outlet.stop();
      await manager.stop();
    },
  };
}
