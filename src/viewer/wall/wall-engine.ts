/**
 * The viewer's engine: cameras in, playing and synchronised video elements out, and a view of it a few times a
 * second. It draws nothing; the page owns the elements and the words around them.
 */

import { text } from '../../texts/text.ts';
import { relayOf } from '../../wire/camera-key.ts';
import type { Mode } from '../../wire/modes.ts';
import type { Cancel } from '../../wire/ports.ts';
import type { LinkTarget } from '../push/media-link.ts';
import { CameraTile } from '../tile/camera-tile.ts';
import type { TileVerdict } from '../tile/tile-health.ts';
import { FULL_KNOWN_MS } from './calm-target.ts';
import { decodeRoom } from './decode-room.ts';
import { type Asks, HiddenWall } from './hidden-wall.ts';
import { HostPace, type HostTile } from './host-pace.ts';
import { type Decision, LatencyPolicy } from './latency-policy.ts';
import { type LinkQuality, linkQuality } from './link-quality.ts';
import { LinkShares } from './link-shares.ts';
import { SyncController } from './sync-controller.ts';
import { relayNowMs } from './wall-clock.ts';
import type { TileSigns } from './wall-need.ts';
import type { RelayMedia, WallCamera, WallEngineDeps } from './wall-ports.ts';
import { tellingArrivals, WallSigns } from './wall-signs.ts';
import type { TileView, WallView } from './wall-view.ts';

/** Judging and telling: fast enough that a stale tile looks stale within 3 s, slow enough to cost nothing. */
const VIEW_PERIOD_MS = 250;
/** Of a computer that is no longer full: so much tells how late parts come without that. */
const CALM_AGAIN_MS = 5_000;
/** A smaller step of the target is followed by the rate. */
const SEEK_MS = 500;

export class WallEngine {
  readonly #deps: WallEngineDeps;
  readonly #sync: SyncController;
  readonly #latency = new LatencyPolicy();
  readonly #signs = new WallSigns();
  readonly #share = new LinkShares();
  readonly #host = new HostPace();
  readonly #unseen = new HiddenWall();
  #asks: Asks = 'all';
  readonly #tiles = new Map<string, CameraTile>();
  readonly #verdicts = new Map<string, TileVerdict>();
  readonly #listeners = new Set<(view: WallView) => void>();
  readonly #undo: Cancel[] = [];
  #mode: Mode = 'auto';
  readonly #relays = new Map<string, RelayMedia>();
  /** The target that came with the mode. */
  #chosenMs: number | undefined;
  /** Of the policy, by the wall clock. */
  #decisions: readonly Decision[] = [];
  #link: LinkQuality | undefined;
  /** Cameras whose tiles may decode more than they show. */
  #roomy: ReadonlySet<string> = new Set();

  constructor(deps: WallEngineDeps) {
    this.#deps = deps;
    const { clock, timers, wallClock, visibility, log } = deps;
    this.#sync = new SyncController({
      clock,
      timers,
      wallProgramMs: () => wallClock.now() - this.#latency.targetMs,
      targetMs: () => this.#latency.targetMs,
      hidden: () => visibility.hidden(),
      log,
    });
  }

  start(): void {
    if (this.#undo.length > 0) return;
    const { timers, visibility, network } = this.#deps;
    this.#sync.start();
    this.#undo.push(
      timers.every(VIEW_PERIOD_MS, () => this.#tick()),
      visibility.onChange(() => this.#visibilityChanged()),
      network.onChange(() => this.#networkChanged()),
    );
  }

  /** Ends everything, the tiles included. */
  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#sync.stop();
    for (const tile of this.#tiles.values()) tile.stop();
    this.#tiles.clear();
    this.#verdicts.clear();
  }

  /**
   * Where the media of one relay's cameras come from; undefined while it is not paired. The tiles keep their last picture.
   * @param key of the pairing, as in the ids of its cameras
   */
  setRelay(key: string, relay: RelayMedia | undefined): void {
    const before = this.#relays.get(key);
    if (relay?.mediaUrl === before?.mediaUrl && relay?.token === before?.token) return;
    if (relay === undefined) this.#relays.delete(key);
    else this.#relays.set(key, relay);
    this.#retarget(key);
  }

  /** The relay answers again: what waits for its next try does not have to. */
  relayIsBack(key: string): void {
    for (const [camera, { rungs }] of this.#tiles) {
      if (relayOf(camera) === key && rungs.state === 'waiting') rungs.reconnect(text('mediaLost'));
    }
  }

  /**
   * `targetMs` is clamped to the mode's range; without it the mode starts at its own. Ignored for Auto.
   * The same choice again changes nothing: the target stays where it was found.
   */
  setMode(mode: Mode, targetMs?: number): void {
    if (mode === this.#mode && targetMs === this.#chosenMs) return;
    this.#mode = mode;
    this.#chosenMs = targetMs;
    const fromMs = this.#latency.targetMs;
    this.#latency.choose(mode, this.#deps.clock.now(), targetMs);
    this.#decided();
    this.#applyTarget(fromMs);
  }

  /** @param gbPerHour GB (10⁹ bytes) an hour that the tiles receive together at most; undefined: no limit */
  setDataLimit(gbPerHour: number | undefined): void {
    this.#share.limitGbPerHour = gbPerHour;
  }

  /** Plays the camera in this element until the returned cancel. */
  show(camera: WallCamera, video: HTMLVideoElement): Cancel {
    this.#remove(camera.id);
    const { clock, timers, openSocket, random, workerUrl, visibility, playable, onRefused, log } = this.#deps;
    const tile: CameraTile = new CameraTile({
      video,
      camera: { reason: '', rungs: [], ...camera },
      clock,
      timers,
      relayNowMs: () => this.#relayNowMs(camera.id),
      openSocket,
      random,
      workerUrl,
      mode: this.#latency.mode,
      targetMs: this.#latency.targetMs,
      hidden: () => visibility.hidden(),
      playable,
      onRefused: () => onRefused(relayOf(camera.id)),
      onResized: () => this.#resized(tile),
      log,
    });
    this.#tiles.set(camera.id, tile);
    const leaveSync = this.#sync.add(camera.id, {
      port: tile.player,
      // Its pictures are dated by its relay's clock.
      offsetMs: () => this.#relayNowMs(camera.id) - this.#deps.wallClock.now() - this.#leadMs(tile),
      behindMs: () => this.#behindMs(camera.id),
      edgeMs: () => tile.mirror.timeline.edgePdtMs,
      estimate: (programMs) => tile.player.estimate(programMs),
      entryMs: (programMs) => tile.entryMs(programMs),
    });
    this.#shareRoom();
    tile.start(this.#linkTarget(camera.id));
    this.#applyTarget(this.#latency.targetMs);
    return () => {
      if (this.#tiles.get(camera.id) !== tile) return;
      leaveSync();
      this.#remove(camera.id);
    };
  }

  /**
   * How long ago the relay dated the picture at this position of the camera's element; without a position, of the one
   * that is shown. In ms; undefined while nothing is known of it.
   */
  ageMs(camera: string, positionSec?: number): number | undefined {
    const programMs = this.#tiles.get(camera)?.player.programMs(positionSec);
    return programMs === undefined ? undefined : this.#relayNowMs(camera) - programMs;
  }

  /** New state of a shown camera; unknown ids are ignored. */
  updateCamera(camera: WallCamera): void {
    const tile = this.#tiles.get(camera.id);
    const isOtherOffset = tile !== undefined && tile.camera.offsetMs !== camera.offsetMs;
    tile?.update({ reason: '', rungs: [], ...camera });
    if (isOtherOffset) this.#applyTarget(this.#latency.targetMs);
  }

  view(): WallView {
    const { mode, targetMs, why } = this.#latency;
    return {
      mode: this.#mode,
      effective: mode,
      targetMs,
      why,
      decisions: this.#decisions,
      link: this.#link,
      asks: this.#asks,
      skewMs: this.#sync.skewMs((camera) => this.#verdicts.get(camera)?.phase === 'playing'),
      tiles: [...this.#tiles].map(([camera, tile]) => this.#tileView(camera, tile)),
    };
  }

  /** Calls `listener` about four times a second. */
  onView(listener: (view: WallView) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #remove(camera: string): void {
    this.#tiles.get(camera)?.stop();
    this.#tiles.delete(camera);
    this.#verdicts.delete(camera);
  }

  #shareRoom(): void {
    const wishes = new Map([...this.#tiles].map(([camera, tile]) => [camera, tile.rungs.wish()]));
    this.#roomy = decodeRoom(wishes, this.#roomy, this.#deps.cores);
    for (const [camera, tile] of this.#tiles) tile.rungs.setRoomy(this.#roomy.has(camera));
  }

  /** A click enlarges a tile: its rung is chosen now, and not by the next look. */
  #resized(tile: CameraTile): void {
    this.#shareRoom();
    tile.fit();
  }

  #tick(): void {
    this.#askFor();
    this.#shareRoom();
    const full = this.#host.sinceMs !== undefined;
    for (const [camera, tile] of this.#tiles) {
      this.#verdicts.set(camera, tile.check(this.#sync.state(camera).holding, full));
    }
    this.#steer();
    if (this.#listeners.size === 0) return;
    const view = this.view();
    for (const listener of [...this.#listeners]) listener(view);
  }

  /** Moves the wall's target, and those of the tiles that are let go. */
  #steer(): void {
    const { clock, relayClock, visibility, network, log } = this.#deps;
    const nowMs = clock.now();
    const full = this.#watchHost(nowMs);
    const read = this.#signs.read(this.#tiles, nowMs);
    // Browsers pause what is hidden: nothing that happens there says anything about the link.
    if (visibility.hidden()) return;
    const rttMs = longest(new Set([...this.#tiles.keys()].map(relayOf)), (relay) => relayClock.rttMs(relay));
    const forgotten = this.#share.step(this.#tiles, read, {
      nowMs,
      rttMs: (relay) => relayClock.rttMs(relay),
      network: network.name(),
      full,
    });
    const tiles = read.map((tile) =>
      forgotten.has(relayOf(tile.camera)) ? { ...tile, arrival: undefined } : tile,
    );
    const { decisions: decided, alone, targetMs: fromMs } = this.#latency;
    const moved = this.#latency.step({
      nowMs,
      tiles,
      rttMs,
      network: network.name(),
      piling: this.#share.piling,
      full,
      behindMs: this.#behind(tiles),
    });
    const { outages } = this.#latency;
    const arrivals = tellingArrivals(tiles);
    const { skippedParts } = this.#signs;
    this.#link = linkQuality({
      rttMs,
      arrivals,
      skippedParts,
      outages,
      load: this.#share.load(nowMs),
      full,
    });
    if (this.#latency.decisions !== decided) this.#decided();
    if (this.#latency.alone !== alone) log('tiles that go on alone', Object.fromEntries(this.#latency.alone));
    if (moved || this.#latency.alone !== alone) this.#applyTarget(fromMs);
  }

  /** Whether this computer is full; what was late meanwhile is forgotten when it is over. */
  #watchHost(nowMs: number): boolean {
    if (this.#deps.visibility.hidden()) {
      this.#host.reset();
      return false;
    }
    const { sinceMs } = this.#host;
    const tiles = [...this.#tiles].map(([camera, { player, arrival }]): [string, HostTile] => [
      camera,
      {
        ...{ frames: player.frames(), lagMs: arrival.lagMs(nowMs) },
        ...{ errorMs: this.#sync.state(camera).errorMs, bufferAheadMs: player.bufferAheadMs() },
      },
    ]);
    this.#host.step(nowMs, VIEW_PERIOD_MS, new Map(tiles));
    const full = this.#host.sinceMs !== undefined;
    if (full !== (sinceMs !== undefined)) this.#deps.log('this computer', { full });
    if (sinceMs !== undefined && !full) {
      for (const { arrival } of this.#tiles.values()) {
        arrival.forgive(sinceMs - FULL_KNOWN_MS, nowMs - CALM_AGAIN_MS);
      }
    }
    return full;
  }

  /** What all tiles are late by that tell of the link and have not left the group; undefined without any. */
  #behind(tiles: readonly TileSigns[]): number | undefined {
    const errors = tiles.flatMap(({ camera, tells }) => {
      const { errorMs, inGroup } = this.#sync.state(camera);
      return tells && inGroup && errorMs !== undefined ? [errorMs] : [];
    });
    return errors.length === 0 ? undefined : Math.min(...errors);
  }

  #decided(): void {
    const { clock, wallClock, log } = this.#deps;
    const toEpochMs = wallClock.now() - clock.now();
    this.#decisions = this.#latency.decisions.map((told) => ({ ...told, atMs: told.atMs + toEpochMs }));
    const last = this.#decisions.at(-1);
    if (last !== undefined) log('latency', { mode: last.mode, targetMs: last.targetMs, why: last.why });
  }

  /** How much later than the wall a tile is on purpose. */
  #behindMs(camera: string): number {
    const ownMs = this.#latency.alone.get(camera);
    return ownMs === undefined ? 0 : Math.max(0, ownMs - this.#latency.targetMs);
  }

  /**
   * How much sooner than the slowest camera this one has its pictures here: only the slowest one can show them at the
   * wall's target, the others wait for it.
   */
  #leadMs(tile: CameraTile): number {
    const slowestMs = Math.max(...[...this.#tiles.values()].map(({ camera }) => camera.offsetMs));
    return slowestMs - tile.camera.offsetMs;
  }

  /** A new target is a slew or a seek inside the buffer, never a rebuild. */
  #applyTarget(fromMs: number): void {
    const { mode, targetMs } = this.#latency;
    for (const [camera, tile] of this.#tiles) {
      tile.setMode(mode, targetMs + this.#behindMs(camera) + this.#leadMs(tile));
    }
    if (Math.abs(targetMs - fromMs) >= SEEK_MS) this.#sync.retarget();
  }

  /** Another network: what came late on the old one says nothing. */
  #networkChanged(): void {
    this.#deps.log('the network changed', { network: this.#deps.network.name() });
    this.#latency.forget();
    this.#share.forget();
    for (const tile of this.#tiles.values()) tile.arrival.reset();
  }

  /** Nobody has seen the wall for long, or somebody does again. */
  #askFor(): void {
    const { clock, visibility, log } = this.#deps;
    const before = this.#asks;
    this.#asks = this.#unseen.step(clock.now(), visibility.hidden());
    if (this.#asks === before) return;
    log('hidden', { asks: this.#asks });
    if (this.#asks === 'smallest') this.#share.smallest(this.#tiles);
    else if (this.#asks === 'nothing' || before === 'nothing') this.#retarget();
  }

  /** @param only key of the pairing that changed */
  #retarget(only?: string): void {
    for (const [camera, tile] of this.#tiles) {
      if (only === undefined || relayOf(camera) === only) tile.setTarget(this.#linkTarget(camera));
    }
  }

  #linkTarget(camera: string): LinkTarget | undefined {
    const relay = this.#relays.get(relayOf(camera));
    if (relay === undefined || this.#asks === 'nothing') return undefined;
    return { url: relay.mediaUrl, token: relay.token };
  }

  /** Media clock of the camera's relay. */
  #relayNowMs(camera: string): number {
    return relayNowMs(this.#deps, relayOf(camera));
  }

  #visibilityChanged(): void {
    this.#askFor();
    if (this.#deps.visibility.hidden()) return;
    const nowMs = this.#deps.clock.now();
    this.#signs.shown(nowMs);
    this.#share.settle(nowMs);
    this.#latency.forget();
    for (const tile of this.#tiles.values()) tile.shown();
    this.#sync.resync();
  }

  #tileView(camera: string, tile: CameraTile): TileView {
    const { player, mirror, stalls, rungs } = tile;
    const stream = rungs.words();
    const received = rungs.pace.figures;
    const { errorMs, inGroup } = this.#sync.state(camera);
    const verdict = this.#verdicts.get(camera) ?? CONNECTING;
    const ageMs = this.ageMs(camera);
    const size = player.size();
    return {
      camera,
      ...verdict,
      latencyMs: ageMs === undefined ? undefined : ageMs + tile.camera.offsetMs,
      offsetMs: errorMs === undefined ? undefined : errorMs + this.#behindMs(camera),
      bufferMs: player.bufferAheadMs(),
      rate: player.rate(),
      stalls: stalls.total,
      skippedParts: mirror.skippedParts,
      frames: player.frames(),
      ...size,
      rung: rungs.rung,
      ...(received === undefined ? {} : { received }),
      ...(stream === undefined ? {} : { stream }),
      ...(rungs.pace.slow ? { pictureMs: rungs.pace.pictureMs } : {}),
      ...(rungs.keyframesOnly ? { keyframesOnly: true } : {}),
      inGroup,
    };
  }
}

const CONNECTING: TileVerdict = { phase: 'connecting', sinceMs: 0, reason: text('mediaConnecting') };

/** The way to the farthest relay; undefined while none is known. */
function longest(relays: Iterable<string>, rttMs: (relay: string) => number | undefined): number | undefined {
  const known = [...relays].flatMap((relay) => rttMs(relay) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}
