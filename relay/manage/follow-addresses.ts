/**
 * Has the relay follow its cameras to new addresses: those go into the configuration, or are kept for as long as the
 * relay runs where that cannot be written; the next start finds them again. When to look: address-watch.ts.
 */
import type { NetworkInterfaceInfo } from 'node:os';
import { basename } from 'node:path';
import type { Cancel, Clock } from '../../src/wire/ports.ts';
import type { CameraStateName } from '../../src/wire/protocol.ts';
import type { Config, RtspSource } from '../config/schema.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import { searchCameras } from '../discovery/search.ts';
import type { Log } from '../log.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { changeConfig, notWritable } from '../setup/write-config.ts';
import { withAddresses } from '../setup/yaml-addresses.ts';
import { AddressWatch } from './address-watch.ts';

export interface FollowerDeps {
  /** The configuration, as it was named to the relay. */
  readonly file: string;
  /** What it says at the start. */
  readonly config: Config;
  /** Reads it. @throws ConfigError */
  readonly load: () => Config;
  /** Has the relay read it again, through {@link AddressFollower.load}. */
  readonly reload: () => Promise<unknown>;
  readonly timers: ShortRunDeps['timers'];
  readonly interfaces: () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly log: Log;
}

export class AddressFollower {
  readonly #deps: FollowerDeps;
  /** New places of cameras that could not be written down, by their ids. */
  readonly #kept = new Map<string, { readonly from: RtspSource; readonly source: RtspSource }>();
  #running: Config;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    this.#running = deps.config;
  }

  /** The configuration, with the addresses that it could not be told. @throws ConfigError */
  load(): Config {
    const config = this.#deps.load();
    const cameras = config.cameras.map((camera) => {
      const kept = this.#kept.get(camera.id);
      const { source } = camera;
      // An address that somebody wrote meanwhile counts more.
      return kept !== undefined && source.type === 'rtsp' && source.url === kept.from.url
        ? { ...camera, source: { ...source, ...addressesOf(kept.source) } }
        : camera;
    });
    this.#running = { ...config, cameras };
    return this.#running;
  }

  /** @param states of the cameras that run, by id */
  start(states: () => ReadonlyMap<string, CameraStateName>): Cancel {
    const { timers, interfaces, clock, log } = this.#deps;
    const watch = new AddressWatch({
      ...{ timers, clock, log },
      cameras: () => {
        const now = states();
        return this.#running.cameras.flatMap(({ id, source }) => {
          if (source.type !== 'rtsp' || source.onvifId === undefined) return [];
          const state = now.get(id);
          return [{ id, onvifId: source.onvifId, source, live: state === 'live' || state === 'degraded' }];
        });
      },
      search: async () => (await searchCameras({ timers, interfaces: interfaces() })).answers,
      ask: (url, login) => askCamera(url, login, timers),
      move: (id, source) => this.#move(id, source),
    });
    return watch.start();
  }

  async #move(id: string, source: RtspSource): Promise<void> {
    const { file, log, reload } = this.#deps;
    const running = this.#running.cameras.find((camera) => camera.id === id)?.source;
    const from = this.#kept.get(id)?.from ?? running;
    if (from?.type !== 'rtsp') return;
    const { host } = new URL(source.url);
    const problem = this.#write(id, from, source);
    if (problem === undefined) this.#kept.delete(id);
    else this.#kept.set(id, { from, source });
    const kept =
      problem === undefined
        ? `${basename(file)} says so now`
        : `${basename(file)} could not be told (${problem}), so it is looked for again at the next start`;
    log.info({ area: 'cameras', camera: id }, `${id} was found by its ONVIF id at ${host}: ${kept}`);
    await reload();
  }

  /** @returns why it could not be written, as half a sentence */
  #write(id: string, before: RtspSource, after: RtspSource): string | undefined {
    const { file, wallClock } = this.#deps;
    const problem = notWritable(file);
    if (problem !== undefined) return problem;
    const urls = new Map([[before.url, after.url]]);
    before.substreams?.forEach(({ url }, n) => {
      const next = after.substreams?.[n]?.url ?? url;
      if (next !== url) urls.set(url, next);
    });
    try {
      const change = (text: string | undefined): string => withAddresses(text ?? '', id, urls);
      changeConfig(file, change, wallClock.now(), () => false);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

const addressesOf = ({ url, substreams }: RtspSource): Partial<RtspSource> => ({
  url,
  ...(substreams === undefined ? {} : { substreams }),
});
