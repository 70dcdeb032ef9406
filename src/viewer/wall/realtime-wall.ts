/**
 * The wall with real-time tiles: the engine plays every camera by push, and where the user, the mode and the relay
 * allow it, a tile is taken over by WebRTC and handed back when that fails. Real-time tiles are outside of the
 * engine's group: each shows what it has, and nothing holds them together but that they are all late by little.
 */
import { cameraOf, relayOf } from '../../wire/camera-key.ts';
import type { Cancel } from '../../wire/ports.ts';
import { chooseRung, RungPace, type RungSigns } from '../tile/rung-choice.ts';
import { shownHeightPx } from '../tile/shown-height.ts';
import { AttemptPace } from '../webrtc/attempt-pace.ts';
import type { WhepTarget } from '../webrtc/whep-client.ts';
import { WhepTile, type WhepTileDeps } from '../webrtc/whep-tile.ts';
import type { WallEngine } from './wall-engine.ts';
import type { WallCamera } from './wall-ports.ts';
import type { TileView, WallView } from './wall-view.ts';

export interface RealtimeWallDeps
  extends Pick<WhepTileDeps, 'clock' | 'fetch' | 'createPeer' | 'receivesH264' | 'log'> {
  readonly engine: Pick<WallEngine, 'show' | 'updateCamera' | 'onView'>;
  readonly hidden: () => boolean;
  /** Media clock of one relay, ms since the Unix epoch. */
  readonly relayNowMs: (relay: string) => number;
}

/** Push needs about a second to come back; the last picture stands meanwhile, and no curtain falls before this. */
const HANDBACK_MS = 3_000;

export class RealtimeWall {
  readonly #deps: RealtimeWallDeps;
  readonly #slots = new Map<string, Slot>();
  readonly #listeners = new Set<(view: WallView) => void>();
  readonly #targets = new Map<string, WhepTarget>();

  constructor(deps: RealtimeWallDeps) {
    this.#deps = deps;
    deps.engine.onView((view) => this.#viewed(view));
  }

  /** Hangs up everywhere; push goes on. Also as the page's last deed. */
  stop(): void {
    this.#targets.clear();
    for (const slot of this.#slots.values()) slot.step(undefined);
  }

  /** Where one relay's real-time pictures come from; undefined while they are not wanted, or not offered. */
  setTarget(relay: string, target: WhepTarget | undefined): void {
    const before = this.#targets.get(relay);
    if (target?.url === before?.url && target?.token === before?.token) return;
    for (const [camera, slot] of this.#slots) if (relayOf(camera) === relay) slot.step(undefined);
    if (target === undefined) this.#targets.delete(relay);
    else this.#targets.set(relay, target);
  }

  /** Plays the camera in this element until the returned cancel. */
  show(camera: WallCamera, video: HTMLVideoElement): Cancel {
    this.#slots.get(camera.id)?.close();
    const slot = new Slot(this.#deps, camera, video);
    this.#slots.set(camera.id, slot);
    return () => {
      slot.close();
      if (this.#slots.get(camera.id) === slot) this.#slots.delete(camera.id);
    };
  }

  /** New state of a shown camera; unknown ids are ignored. */
  updateCamera(camera: WallCamera): void {
    this.#slots.get(camera.id)?.update(camera);
    this.#deps.engine.updateCamera(camera);
  }

  /** Calls `listener` about four times a second. */
  onView(listener: (view: WallView) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #viewed(view: WallView): void {
    // With seconds of latency, smoothness is what was asked for.
    const wanted = view.effective === 'ultra-low' && view.asks !== 'nothing';
    const pushed = new Map(view.tiles.map((tile) => [tile.camera, tile]));
    const tiles = [...this.#slots].flatMap(([camera, slot]) => {
      slot.step(wanted ? this.#targets.get(relayOf(camera)) : undefined);
      return slot.view(pushed.get(camera)) ?? [];
    });
    for (const listener of [...this.#listeners]) listener({ ...view, tiles });
  }
}

/** One element and who plays in it. */
class Slot {
  readonly #deps: RealtimeWallDeps;
  readonly #video: HTMLVideoElement;
  readonly #attempts = new AttemptPace();
  readonly #rungPace = new RungPace();
  #camera: WallCamera;
  /** Takes the camera out of the engine; undefined while WebRTC has the element. */
  #leaveEngine: Cancel | undefined;
  #whep: WhepTile | undefined;
  #failure: string | undefined;
  /** Why the last attempt ended. */
  #whyPush: string | undefined;
  /** When the element last changed hands. */
  #changedMs: number;
  #handedBack = false;

  constructor(deps: RealtimeWallDeps, camera: WallCamera, video: HTMLVideoElement) {
    this.#deps = deps;
    this.#camera = camera;
    this.#video = video;
    this.#changedMs = deps.clock.now();
    this.#leaveEngine = deps.engine.show(camera, video);
  }

  update(camera: WallCamera): void {
    this.#camera = camera;
  }

  close(): void {
    this.#endWhep();
    this.#leaveEngine?.();
    this.#leaveEngine = undefined;
  }

  step(target: WhepTarget | undefined): void {
    const { clock, hidden, log } = this.#deps;
    const moving = this.#camera.state === 'live' || this.#camera.state === 'degraded';
    const idle = this.#whep === undefined;
    this.#whep?.step(hidden());
    const action = this.#attempts.step({
      nowMs: clock.now(),
      // A hidden page shows no first picture. A camera that stops is noticed by its pictures.
      wanted: target !== undefined && (!idle || (moving && !hidden())),
      hidden: hidden(),
      frames: this.#whep?.frames().total ?? 0,
      fps: this.#fps(),
      failure: this.#failure,
    });
    if (target === undefined) this.#whyPush = undefined;
    if (action?.do === 'stop') {
      log('real-time ended', { camera: this.#camera.id, reason: action.reason });
      if (action.reason !== '') this.#whyPush = action.reason;
      this.#handBack();
    } else if (action?.do === 'start' && target !== undefined) this.#start(target);
    else if (this.#attempts.phase === 'playing') this.#fitRung();
  }

  /** The tile as it is; undefined before the engine knows it. */
  view(pushed: TileView | undefined): TileView | undefined {
    if (this.#leaveEngine === undefined) return this.#realtimeView();
    if (pushed === undefined) return undefined;
    const back = this.#handedBack && this.#deps.clock.now() - this.#changedMs < HANDBACK_MS;
    const starting = pushed.phase === 'connecting' || pushed.phase === 'no-media';
    return {
      ...pushed,
      ...(back && starting ? { phase: 'buffering' } : {}),
      ...(this.#whyPush === undefined ? {} : { notRealtime: this.#whyPush }),
    };
  }

  #start(target: WhepTarget): void {
    const { id, rungs = [] } = this.#camera;
    const whep: WhepTile = new WhepTile({
      ...this.#deps,
      target,
      camera: cameraOf(id),
      relayNowMs: () => this.#deps.relayNowMs(relayOf(id)),
      rung: rungs.length > 1 ? chooseRung(this.#signs(undefined)) : undefined,
      video: this.#video,
      onPicture: () => {
        if (this.#whep === whep) this.#takeOver(whep);
      },
      onFailure: (reason) => {
        if (this.#whep === whep) this.#failure = reason;
      },
    });
    this.#whep = whep;
    whep.start();
  }

  /** Of the rung that plays. */
  #fps(): number | undefined {
    const { rungs = [] } = this.#camera;
    return (rungs.find(({ id }) => id === this.#whep?.rung) ?? rungs[0])?.fps;
  }

  /** No more picture than the tile shows. */
  #fitRung(): void {
    const { rungs = [] } = this.#camera;
    const signs = this.#signs(this.#whep?.wantedRung ?? rungs[0]?.id);
    const wanted = this.#rungPace.next(this.#deps.clock.now(), signs);
    if (wanted !== undefined) this.#whep?.setRung(wanted);
  }

  /** A sleeping rung is woken by push only; and WebRTC plays H.264 everywhere, and H.265 hardly anywhere. */
  #signs(current: string | undefined): RungSigns {
    const { rungs = [] } = this.#camera;
    const fit = rungs.filter(
      ({ asleep, codecs }) => asleep !== true && (codecs ?? 'avc1').startsWith('avc1'),
    );
    return { rungs: fit, shownHeightPx: shownHeightPx(this.#video), current };
  }

  #takeOver(whep: WhepTile): void {
    const { clock, log } = this.#deps;
    this.#whyPush = undefined;
    log('real-time picture', { camera: this.#camera.id });
    this.#attempts.playing(clock.now());
    this.#changedMs = clock.now();
    whep.show(() => {
      this.#leaveEngine?.();
      this.#leaveEngine = undefined;
    });
  }

  #handBack(): void {
    this.#endWhep();
    if (this.#leaveEngine !== undefined) return;
    this.#handedBack = true;
    this.#changedMs = this.#deps.clock.now();
    this.#leaveEngine = this.#deps.engine.show(this.#camera, this.#video);
  }

  #endWhep(): void {
    this.#whep?.stop();
    this.#whep = undefined;
    this.#failure = undefined;
  }

  #realtimeView(): TileView | undefined {
    const whep = this.#whep;
    if (whep === undefined) return undefined;
    const shownMs = whep.programMs();
    return {
      camera: this.#camera.id,
      phase: this.#deps.hidden() ? 'hidden' : 'playing',
      sinceMs: this.#changedMs,
      reason: '',
      latencyMs:
        shownMs === undefined ? undefined : this.#deps.relayNowMs(relayOf(this.#camera.id)) - shownMs,
      offsetMs: undefined,
      bufferMs: 0,
      rate: 1,
      stalls: 0,
      skippedParts: 0,
      frames: whep.frames(),
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
      rung: whep.rung,
      inGroup: false,
      realtime: true,
    };
  }
}
