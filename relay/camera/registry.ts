/**
 * The relay's cameras by id, in the order of the configuration, which may change while the relay runs: cameras come,
 * go, are renamed or replaced, and the others notice nothing. What differs is config/diff.ts.
 */
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import type { CameraState } from '../../src/wire/protocol.ts';
import type { ConfigDiff } from '../config/diff.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { Camera } from './camera.ts';
import { ListedCamera, labelOf, type MadeCamera } from './listed-camera.ts';

export interface RegistryDeps {
  /** Of this start of the relay. */
  readonly runId: string;
  /** Makes a camera that is not started. */
  readonly create: (config: CameraConfig) => MadeCamera;
  readonly timers: Timers;
}

export interface RegistryEvents {
  /** @param order ids of all cameras, where this event changed that */
  onState(state: CameraState, order?: readonly string[]): void;
  onRemoved(id: string): void;
  /** `camera` is not listed any more, or another one has its id now: its clients are to be let go. */
  onGone(camera: Camera): void;
}

/**
 * Cameras start this far apart: about what a program takes to load, on two cores, so that the first ones need not wait for
 * the last.
 */
const STAGGER_MS = 50;

export class CameraRegistry {
  readonly #deps: RegistryDeps;
  readonly #cameras = new Map<string, ListedCamera>();
  readonly #runs = new WeakMap<Camera, string>();
  /** How many cameras there were of an id. */
  readonly #generations = new Map<string, number>();
  readonly #watches = new Map<Camera, Cancel>();
  #starts: Cancel[] = [];
  #events: RegistryEvents | undefined;
  #changing: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: RegistryDeps, configs: readonly CameraConfig[]) {
    this.#deps = deps;
    for (const config of configs) this.#add(config);
  }

  /** Always the cameras of now. */
  get cameras(): ReadonlyMap<string, Camera> {
    return this.#cameras;
  }

  /**
   * Stands in each address and frame of this camera's media: the numbers of another camera of its id, earlier or
   * later, mean other media.
   */
  runOf(camera: Camera): string {
    return this.#runs.get(camera) ?? this.#deps.runId;
  }

  start(events: RegistryEvents): void {
    this.#events = events;
    for (const camera of this.#cameras.values()) this.#watch(camera);
    this.#startAll([...this.#cameras.values()]);
  }

  /**
   * Goes over to `configs`, which differ from the cameras of now by `diff`. Resolves when every process is gone that is
   * not needed any more, and new ones are about to start. One at a time.
   */
  apply(configs: readonly CameraConfig[], diff: ConfigDiff): Promise<void> {
    const changing = this.#change(configs, diff);
    this.#changing = changing;
    return changing;
  }

  /** The relay stops soon: what has not been started yet is not started any more. */
  startNoMore(): void {
    this.#stopped = true;
    for (const cancel of this.#starts) cancel();
  }

  /** Ends every process; resolves when none is left. May be called twice. */
  async stop(): Promise<void> {
    this.startNoMore();
    for (const cancel of this.#watches.values()) cancel();
    await Promise.all([this.#changing, ...[...this.#cameras.values()].map((camera) => camera.stop())]);
  }

  async #change(configs: readonly CameraConfig[], diff: ConfigDiff): Promise<void> {
    const anew = diff.changed.filter((change) => change.anew).map(({ id }) => id);
    const gone = [...diff.removed, ...anew].flatMap((id) => this.#cameras.get(id) ?? []);
    const fresh = new Set([...diff.added, ...anew]);
    for (const id of diff.removed) this.#cameras.delete(id);
    // A client that is let go comes back at once and must find the camera that is to come.
    for (const config of configs) {
      if (fresh.has(config.id)) this.#add(config);
      else this.#moveToEnd(config.id);
    }
    for (const camera of gone) this.#release(camera);
    this.#tell(configs, diff, fresh);
    // A device can be opened once, and some cameras take one connection: out with the old first.
    await Promise.all(gone.map((camera) => camera.stop()));
    if (!this.#stopped) this.#startAll([...fresh].flatMap((id) => this.#cameras.get(id) ?? []));
  }

  #tell(configs: readonly CameraConfig[], diff: ConfigDiff, fresh: ReadonlySet<string>): void {
    for (const id of diff.removed) this.#events?.onRemoved(id);
    const order = [...this.#cameras.keys()];
    const relabelled = new Set(diff.changed.map(({ id }) => id));
    let moved = diff.moved;
    for (const config of configs) {
      const camera = this.#cameras.get(config.id);
      if (camera === undefined) continue;
      const added = diff.added.includes(config.id);
      if (fresh.has(config.id)) {
        this.#watch(camera);
        const reason = changedAddress(config, diff);
        const state = camera.state();
        this.#events?.onState(
          reason === '' ? state : { ...state, reason },
          added || moved ? order : undefined,
        );
      } else if (relabelled.has(config.id)) camera.relabel(labelOf(config));
      if (moved && !fresh.has(config.id)) this.#events?.onState(camera.state(), order);
      // Once said it is known.
      moved = false;
    }
  }

  #add(config: CameraConfig): void {
    const camera = new ListedCamera(this.#deps.create(config), labelOf(config));
    const generation = (this.#generations.get(config.id) ?? 0) + 1;
    this.#generations.set(config.id, generation);
    const { runId } = this.#deps;
    this.#runs.set(camera, generation === 1 ? runId : `${runId}-${generation}`);
    this.#cameras.delete(config.id);
    this.#cameras.set(config.id, camera);
  }

  #moveToEnd(id: string): void {
    const camera = this.#cameras.get(id);
    if (camera === undefined) return;
    this.#cameras.delete(id);
    this.#cameras.set(id, camera);
  }

  #watch(camera: ListedCamera): void {
    this.#watches.set(
      camera,
      camera.onChange((state) => this.#events?.onState(state)),
    );
  }

  #release(camera: ListedCamera): void {
    this.#watches.get(camera)?.();
    this.#watches.delete(camera);
    this.#events?.onGone(camera);
  }

  #startAll(cameras: readonly ListedCamera[]): void {
    this.#starts = cameras.map((camera, n) =>
      this.#deps.timers.after(n * STAGGER_MS, () => {
        if (this.#cameras.get(camera.id) === camera) camera.start();
      }),
    );
  }
}

/** What is told of a camera that is read at another address now; empty where that is not so. Never who reads it. */
function changedAddress({ id, source }: CameraConfig, { changed }: ConfigDiff): string {
  const keys = changed.find((change) => change.id === id)?.keys;
  return source.type === 'rtsp' && keys?.includes('source.url') === true
    ? `its address is ${new URL(source.url).host} now`
    : '';
}
