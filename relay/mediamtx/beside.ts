/**
 * MediaMTX beside the path: whether this relay has one, where encoders publish to it, and the real-time pictures that
 * come out of it. Pictures for the wall never go through it, so that a MediaMTX in trouble costs those alone.
 */
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { type Found, findMediamtx } from './find.ts';
import { type ManagerDeps, MediamtxManager } from './manager.ts';
import { mediamtxOptions, wishedPorts } from './options.ts';
import { choosePorts, createPortProbe } from './ports.ts';
import { MediamtxWhep, type WhepPort } from './whep.ts';

/** There is to be a MediaMTX, and there is none; the message is a sentence without its full stop. */
export class MediamtxMissingError extends Error {
  override readonly name = 'MediamtxMissingError';
}

export const GET_MEDIAMTX =
  'Get it with `lockstep install-mediamtx`, or name its path under "mediamtx.path", or set "mediamtx.enabled: auto".';

export interface Beside {
  readonly mediamtx: 'on' | 'off';
  /** To stand after "MediaMTX on: " in the log. */
  readonly why: string;
  /** Undefined while no real-time pictures can be asked for, see {@link withoutWhepBecause}. */
  readonly whep: WhepPort | undefined;
  /** Why there are no real-time pictures now, as half a sentence for viewers; undefined when there is no reason. */
  withoutWhepBecause(): string | undefined;
  /** Where an encoder publishes a path, as in `front/main`; the same for the relay's life, undefined without MediaMTX. */
  publishUrl(path: string): string | undefined;
  start(): void;
  /** Resolves when nothing is left running. May be called twice. */
  stop(): Promise<void>;
}

export interface BesideDeps extends Omit<ManagerDeps, 'options' | 'portProbe' | 'log' | 'connect'> {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** @throws MediamtxMissingError when one is asked for and there is none; PortTakenError when no port is free */
export async function createBeside(deps: BesideDeps): Promise<Beside> {
  const { config, dataDir, env, spawn, timers, random, log } = deps;
  const find = () => findMediamtx({ env, dataDir, configured: config.mediamtx.path, spawn, timers });
  const choice = await choose(config.mediamtx.enabled, find);
  if (choice.program === undefined) return without(choice.why);
  const ownLog = log.child({ area: 'mediamtx' });
  for (const problem of choice.passedOver) ownLog.warn(problem);
  const portProbe = createPortProbe();
  const { enabled: webrtc } = config.mediamtx.webrtc;
  const hls = config.mediamtx.readers !== undefined;
  const ports = await choosePorts({ wish: wishedPorts(config), webrtc, hls, random, probe: portProbe });
  const options = mediamtxOptions(config, choice.program, ports);
  const manager = new MediamtxManager({ ...deps, options, portProbe, log: ownLog });
  return {
    mediamtx: 'on',
    why: choice.why,
    whep: webrtc
      ? new MediamtxWhep({
          endpoint: () => (manager.state.name === 'ready' ? manager.whep : undefined),
          sessions: () => manager.webrtcSessions(),
          timers,
        })
      : undefined,
    withoutWhepBecause: () => {
      if (!webrtc) return 'set "mediamtx.webrtc.enabled: true" on the relay';
      return 'reason' in manager.state ? manager.state.reason : undefined;
    },
    publishUrl: (path) => manager.publishUrl(path),
    start: () => manager.start(),
    stop: () => manager.stop(),
  };
}

const without = (why: string): Beside => ({
  mediamtx: 'off',
  why,
  whep: undefined,
  withoutWhepBecause: () => 'they need MediaMTX, which this relay does not use',
  publishUrl: () => undefined,
  start: () => undefined,
  stop: () => Promise.resolve(),
});

export interface Choice {
  /** Undefined: none. */
  readonly program: string | undefined;
  readonly why: string;
  /** Sentences, without full stop, about programs that cannot be used. */
  readonly passedOver: readonly string[];
}

/**
 * @param find looks for MediaMTX; not called when none is wanted
 * @throws MediamtxMissingError
 */
export async function choose(
  wanted: Config['mediamtx']['enabled'],
  find: () => Promise<Found>,
): Promise<Choice> {
  if (wanted === false) return { program: undefined, why: 'as configured', passedOver: [] };
  const found = await find();
  if (found.kind === 'found') {
    const { path, version, passedOver } = found;
    return { program: path, why: `found ${version.text} at ${path}`, passedOver };
  }
  if (wanted === true) throw new MediamtxMissingError(`mediamtx.enabled is true, but ${found.problem}`);
  return { program: undefined, why: found.problem, passedOver: [] };
}
