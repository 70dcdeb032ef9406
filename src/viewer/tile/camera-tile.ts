/**
 * One camera in one video element: socket, mirror, player, health and recovery put together. The wall-wide
 * decisions (target, mode, sync) come from outside.
 */

import { cameraOf } from '../../wire/camera-key.ts';
import type { MediaHeader } from '../../wire/media-frames.ts';
import type { EffectiveMode } from '../../wire/modes.ts';
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import { type CameraStateName, CLOSE } from '../../wire/protocol.ts';
import type { OpenSocket } from '../../wire/socket-port.ts';
import { HlsTile } from '../hls/hls-tile.ts';
import { dropPoster } from '../player/last-picture.ts';
import type { Playability, Playable } from '../player/playability.ts';
import { ArrivalDelay } from '../push/arrival-delay.ts';
import type { LinkTarget } from '../push/media-link.ts';
import { Mirror } from '../push/mirror.ts';
import { type Decoding, gainsTooLittle } from './decode-pace.ts';
import { EarlyPicture } from './early-picture.ts';
import { earlyPlayer } from './early-player.ts';
import { type RecoveryAction, RecoveryLadder } from './recovery-ladder.ts';
import { LARGE_TILE_PX, type RungSize } from './rung-choice.ts';
import { onResized, shownHeightPx } from './shown-height.ts';
import { StallCounter } from './stall-counter.ts';
import { TileHealth, type TileVerdict } from './tile-health.ts';
import { TileRungs } from './tile-rungs.ts';

export interface TileCamera {
  /** With its relay, as camera-key.ts makes it. */
  readonly id: string;
  readonly offsetMs: number;
  readonly state: CameraStateName;
  readonly reason: string;
  /** Best first; empty until the relay knows them. */
  readonly rungs: readonly RungSize[];
}

export interface CameraTileDeps {
  readonly video: HTMLVideoElement;
  readonly camera: TileCamera;
  /** Monotonic; the page's performance.now(). */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly relayNowMs: () => number;
  readonly openSocket: OpenSocket<ArrayBuffer>;
  readonly random: () => number;
  readonly workerUrl: string;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly hidden: () => boolean;
  /** What this browser can play. */
  readonly playable: (media: Playable) => Playability;
  /** The relay refused the media socket: the control link has to find out whether that is final. */
  readonly onRefused: () => void;
  /** The tile has another size: the wall's room is to be shared anew, then comes {@link CameraTile.fit}. */
  readonly onResized: () => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** Far enough to leave a bad frame, near enough not to be seen. */
const NUDGE_SEC = 0.05;
/** Of a stream whose rate the relay does not know yet. */
const TYPICAL_FPS = 25;

export class CameraTile {
  readonly mirror = new Mirror();
  readonly player: HlsTile;
  readonly stalls = new StallCounter();
  readonly arrival = new ArrivalDelay();
  readonly rungs: TileRungs;
  readonly #deps: CameraTileDeps;
  readonly #health = new TileHealth();
  readonly #ladder: RecoveryLadder;
  readonly #early: EarlyPicture;
  readonly #undo: Cancel[] = [];
  #camera: TileCamera;
  #linkReason = '';
  #hasMedia = false;
  /** By the last check, as is whether this computer is full. */
  #playing = false;
  #full = false;
  /** The newest init segment is of a codec that this browser does not play: what follows is not for it. */
  #deaf = false;
  /** When the socket opened, relay's clock: what was made before that comes as history and is not late. */
  #openedMs = 0;
  #rebuild: Cancel | undefined;

  constructor(deps: CameraTileDeps) {
    this.#deps = deps;
    this.#camera = deps.camera;
    this.#ladder = new RecoveryLadder(deps.random);
    const { camera, openSocket, timers, random, clock, video, mode, targetMs, workerUrl } = deps;
    this.#early = this.#createEarly();
    this.rungs = new TileRungs({
      camera: cameraOf(camera.id),
      rungs: camera.rungs,
      playable: deps.playable,
      shownHeightPx: () => shownHeightPx(video),
      nowMs: () => clock.now(),
      openSocket,
      timers,
      random,
      edgeMs: (run) => this.mirror.edgeMs(run),
      onFrame: (header, bytes) => this.#frame(header, bytes),
      early: this.#early,
      onState: (state, reason, code) => {
        this.#linkReason = reason;
        if (state === 'open') this.#openedMs = deps.relayNowMs();
        this.#log(`media link ${state}`, { reason, code });
        if (code === CLOSE.unauthorized || code === CLOSE.version) deps.onRefused();
      },
      disturbed: () => this.stalls.disturbed(clock.now()),
      log: (message, fields) => this.#log(message, fields),
    });
    this.player = new HlsTile({
      video,
      timeline: this.mirror.timeline,
      mode,
      targetMs,
      workerUrl,
      clock,
      onFatal: (reason) => this.#fatal(reason),
      log: (message, fields) => this.#log(message, fields),
    });
  }

  get camera(): TileCamera {
    return this.#camera;
  }

  start(target: LinkTarget | undefined): void {
    const { video, clock } = this.#deps;
    this.stalls.disturbed(clock.now());
    this.#listen(video, 'waiting', () => {
      // A picture every other second runs dry after each of them, as it is meant to.
      if (video.seeking || this.#deps.hidden() || this.rungs.pace.slow) return;
      this.stalls.dry(clock.now(), this.mirror.epoch, this.player.bufferAheadMs());
    });
    this.#listen(video, 'playing', () => {
      this.stalls.playing(clock.now(), this.mirror.epoch);
      dropPoster(video);
    });
    this.#listen(video, 'seeking', () => this.stalls.disturbed(clock.now()));
    this.#undo.push(onResized(video, this.#deps.onResized));
    this.player.start();
    this.rungs.start(target, this.#deps.targetMs);
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#rebuild?.();
    this.#rebuild = undefined;
    this.rungs.stop();
    this.#early.stop();
    this.player.stop();
  }

  setTarget(target: LinkTarget | undefined): void {
    this.rungs.setTarget(target);
  }

  setMode(mode: EffectiveMode, targetMs: number): void {
    this.player.setMode(mode, targetMs);
    this.rungs.setLatency(targetMs);
  }

  /** What the relay says of the camera now; most calls bring nothing new. */
  update(camera: TileCamera): void {
    const before = this.#camera;
    this.#camera = camera;
    if (camera.rungs === before.rungs && camera.state === before.state) return;
    this.rungs.renew(camera.rungs, camera.state !== before.state || !sameRungs(camera.rungs, before.rungs));
  }

  /** The page is visible again. */
  shown(): void {
    this.stalls.disturbed(this.#deps.clock.now());
    // Hidden pages are told late of what arrives.
    this.arrival.reset();
    this.player.play();
  }

  /**
   * Judges the tile and climbs the recovery ladder; call it a few times a second.
   * @param holding the picture is kept on purpose
   * @param full this computer is (host-pace.ts)
   */
  check(holding: boolean, full = false): TileVerdict {
    const { clock, hidden } = this.#deps;
    const nowMs = clock.now();
    const verdict = this.#health.step({
      nowMs,
      hidden: hidden(),
      frames: this.player.frames().total,
      bufferAheadMs: this.player.bufferAheadMs(),
      unplayedMs: this.#unplayedMs(),
      holding,
      link: this.rungs.state,
      linkReason: this.rungs.unplayable ?? this.#linkReason,
      pictureMs: this.rungs.pace.pictureMs,
      hasMedia: this.#hasMedia,
      camera: this.#camera.state,
      cameraReason: this.#camera.reason,
    });
    this.rungs.check(this.#camera.state);
    this.#playing = verdict.phase === 'playing';
    this.#full = full;
    this.rungs.watchDecoder(this.player.frames(), !hidden() && !holding, full);
    this.fit();
    const action = this.#ladder.step({ nowMs, phase: verdict.phase, full });
    if (action !== undefined) this.#recover(action, verdict);
    return verdict;
  }

  /** Fits the rung to the tile, while pictures move. */
  fit(): void {
    if (this.#playing) this.rungs.fit();
  }

  /** Where a tile that is late can be brought back: as a `SyncTile` says it. */
  entryMs(programMs: number): number | 'any' | undefined {
    const size = this.player.size();
    const rung = this.#rungOf(size.height);
    const slow = this.#full || (rung !== undefined && gainsTooLittle(this.#decodingOf(rung), size));
    if (!slow) return 'any';
    // Each begins with a keyframe.
    return this.mirror.timeline.segments.findLast(({ pdtMs }) => pdtMs <= programMs)?.pdtMs;
  }

  #unplayedMs(): number {
    const edgeMs = this.mirror.timeline.edgePdtMs;
    return edgeMs === undefined ? 0 : edgeMs - (this.player.programMs() ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Of what a camera sends, whose history is there: what is made has to be woken first. Only in large tiles: a wall has few
   * of them, so that it does not get a second player in each at once.
   */
  #createEarly(): EarlyPicture {
    const { video, clock, timers, mode, targetMs, workerUrl } = this.#deps;
    const log: CameraTileDeps['log'] = (message, fields) => this.#log(message, fields);
    return new EarlyPicture({
      clock,
      timers,
      decoding: ({ height }) => {
        const rung = this.#rungOf(height);
        if (rung?.origin !== 'camera' || shownHeightPx(video) < LARGE_TILE_PX) return undefined;
        return this.#decodingOf(rung);
      },
      height: () => this.player.size().height,
      programMs: () => this.player.programMs(),
      createPlayer: (start) => earlyPlayer({ ...start, video, mode, targetMs, workerUrl, clock, log }),
      log,
    });
  }

  #rungOf(lines: number): RungSize | undefined {
    return this.#camera.rungs.find(({ height }) => height === lines);
  }

  #decodingOf(rung: RungSize): Decoding {
    return { hardware: this.#deps.playable(rung).powerEfficient, fps: rung.fps || TYPICAL_FPS };
  }

  /** False when the frame cannot be used. */
  #frame(header: MediaHeader, bytes: Uint8Array): boolean {
    if (header.kind === 'init') {
      this.#deaf = !this.#deps.playable(header).supported;
      if (this.#deaf) return true;
      this.mirror.addInit(header, bytes);
      return true;
    }
    if (this.#deaf) return true;
    const epoch = this.mirror.epoch;
    const verdict = this.mirror.addPart(header, bytes);
    if (verdict !== 'appended') return verdict !== 'unusable';
    this.#hasMedia = true;
    const endMs = header.pdtMs + header.durationMs;
    this.rungs.heard(header, endMs > this.#openedMs ? bytes.byteLength : undefined);
    if (this.mirror.epoch !== epoch) {
      this.#log('new epoch in the mirror', { epoch: this.mirror.epoch, skipped: this.mirror.skippedParts });
    }
    const nowMs = this.#deps.clock.now();
    if (this.rungs.jumped(header.durationMs)) this.arrival.jumped(nowMs);
    else if (endMs > this.#openedMs)
      this.arrival.add(nowMs, this.#deps.relayNowMs() - endMs, header.durationMs);
    return true;
  }

  #recover(action: RecoveryAction, { phase, reason }: TileVerdict): void {
    this.#log(`recovery: ${action}`, { phase, reason });
    const { player } = this;
    switch (action) {
      case 'nudge':
        player.play();
        player.seek(player.positionSec() + NUDGE_SEC);
        break;
      case 'reload':
        player.reload();
        break;
      case 'reconnect':
        this.rungs.reconnect(reason);
        break;
      case 'rebuild':
        this.#rebuildNow();
        break;
    }
  }

  #fatal(reason: string): void {
    const waitMs = this.#ladder.fatalWaitMs();
    this.#log('player failed for good, building a new one', { reason, waitMs: Math.round(waitMs) });
    this.#rebuild?.();
    // Never from inside the player's own error event.
    this.#rebuild = this.#deps.timers.after(waitMs, () => this.#rebuildNow());
  }

  #rebuildNow(): void {
    this.#rebuild?.();
    this.#rebuild = undefined;
    this.stalls.disturbed(this.#deps.clock.now());
    this.player.rebuild();
  }

  #listen(video: HTMLVideoElement, event: string, listener: () => void): void {
    video.addEventListener(event, listener);
    this.#undo.push(() => video.removeEventListener(event, listener));
  }

  #log(message: string, fields?: Record<string, unknown>): void {
    this.#deps.log(message, { camera: this.#camera.id, ...fields });
  }
}

function sameRungs(a: readonly RungSize[], b: readonly RungSize[]): boolean {
  return a.length === b.length && a.every(({ id, height }, i) => id === b[i]?.id && height === b[i].height);
}
