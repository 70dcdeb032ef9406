/**
 * Shows a rung before the tile's player can go over to it. That one needs a keyframe at the edge and then waits until the
 * wall has come there, which takes up to a GOP. But the history of the rung begins with the keyframe of what is due: a
 * second player, under the tile's own, decodes from there, and as soon as its picture is of the same instant it is
 * laid over the tile's, until that one shows the rung itself.
 *
 * Pure but for the player. A computer that decodes hardly faster than the pictures come does not get there in time: where
 * that can be told beforehand it is not tried, and else nothing of it is seen. The old picture moves until the tile's
 * player goes over.
 */
import type { InitHeader, MediaHeader } from '../../wire/media-frames.ts';
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { Timeline } from '../../wire/timeline.ts';
import { Mirror } from '../push/mirror.ts';
import { type Decoding, gainsTooLittle } from './decode-pace.ts';

/** A player of its own in the same tile, not seen before {@link show}. */
export interface EarlyPlayer {
  /** A picture is there, and no seek is under way. */
  ready(): boolean;
  /** Programme time at the playhead, in ms since the Unix epoch. */
  programMs(): number | undefined;
  /** Programme time of the picture that was presented last: a decoder that is behind shows older ones than the playhead says. */
  presentedMs(): number | undefined;
  /** 0 holds the picture. */
  setRate(rate: number): void;
  show(): void;
  /** Ends it, and takes it out of the tile. */
  stop(): void;
}

export interface EarlyStart {
  /** What there is to play. */
  readonly timeline: Timeline;
  /** Programme time to begin with. */
  readonly startMs: number;
  readonly onFatal: () => void;
}

export interface EarlyPictureDeps {
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** How the browser decodes this stream; undefined where it is not worth a second decoder for a moment. */
  readonly decoding: (init: InitHeader) => Decoding | undefined;
  /** Lines of the picture in the tile's own player. */
  readonly height: () => number;
  /** Programme time of that picture; undefined before the first. */
  readonly programMs: () => number | undefined;
  readonly createPlayer: (start: EarlyStart) => EarlyPlayer;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

const STEP_MS = 20;
/** It begins with a picture that is due so much later, and is decoded by then; what has not come yet it cannot begin with. */
const LEAD_MS = 250;
const LEAST_LEAD_MS = 80;
/** The newest picture is not begun with: there would be nothing after it. */
const SPARE_MS = 40;
/**
 * Decoded by software in about 0.3 s: a core of 2.5 GHz does 35 pictures of 4K a second, and 25 of them have come
 * meanwhile. With more to do than that, the decoder would take the host from the other tiles, and as a rule for nothing.
 */
const SOFTWARE_PIXELS = 10 * 3840 * 2160;
/** A decoder that is not there by then is no faster than the pictures come. */
const CHANCE_MS = 1_000;
const IN_STEP_MS = 25;
const CHASE_RATE = 2;
/** Once it is seen it is kept in step as gently as others. */
const ADRIFT_MS = 40;
const GENTLE = 0.1;

interface Attempt {
  readonly init: InitHeader;
  readonly decoding: Decoding;
  readonly mirror: Mirror;
  readonly end: Cancel;
  /** How long its newest part lasts, so at least as long as a picture does. */
  partMs: number;
  player: EarlyPlayer | undefined;
  beganMs: number;
  shown: boolean;
}

export class EarlyPicture {
  readonly #deps: EarlyPictureDeps;
  #attempt: Attempt | undefined;

  constructor(deps: EarlyPictureDeps) {
    this.#deps = deps;
  }

  /** A frame of the rung that is to take over, in the order of its socket. */
  take(header: MediaHeader, bytes: Uint8Array): void {
    if (header.kind === 'init') {
      this.#begin(header);
      this.#attempt?.mirror.addInit(header, bytes);
      return;
    }
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    attempt.partMs = header.durationMs;
    attempt.mirror.addPart(header, bytes);
  }

  /** The rung does not come after all, or the tile ends. */
  stop(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.end();
    attempt?.player?.stop();
  }

  #begin(init: InitHeader): void {
    const { height, decoding, timers } = this.#deps;
    const worth = init.height > height() ? decoding(init) : undefined;
    // Of what gains too little nothing is even kept.
    if (worth === undefined || gainsTooLittle(worth, init)) return;
    this.#attempt ??= {
      init,
      decoding: worth,
      mirror: new Mirror(),
      end: timers.every(STEP_MS, () => this.#step()),
      partMs: 0,
      player: undefined,
      beganMs: 0,
      shown: false,
    };
  }

  #step(): void {
    const { clock, height, programMs, log } = this.#deps;
    const attempt = this.#attempt;
    const dueMs = programMs();
    if (attempt === undefined) return;
    // The tile's own player is there.
    if (dueMs === undefined || height() >= attempt.init.height) this.stop();
    else if (attempt.player === undefined) this.#start(attempt, dueMs);
    else if (attempt.shown) keepInStep(attempt.player, dueMs);
    else if (this.#chase(attempt, attempt.player, dueMs)) {
      attempt.shown = true;
      attempt.player.show();
      log('early picture', {
        height: attempt.init.height,
        afterMs: Math.round(clock.now() - attempt.beganMs),
      });
    } else if (clock.now() - attempt.beganMs > CHANCE_MS) {
      log('no early picture, the decoder takes too long', { height: attempt.init.height });
      this.stop();
    }
  }

  #start(attempt: Attempt, dueMs: number): void {
    const { clock, createPlayer, log } = this.#deps;
    const { timeline } = attempt.mirror;
    const { edgePdtMs: edgeMs } = timeline;
    const keyframe = timeline.startFor(0);
    if (edgeMs === undefined || keyframe === undefined || edgeMs < dueMs + LEAST_LEAD_MS) return;
    const startMs = Math.max(Math.min(dueMs + LEAD_MS, edgeMs - SPARE_MS), keyframe.pdtMs);
    const { width, height } = attempt.init;
    const { hardware, fps } = attempt.decoding;
    const pictures = ((startMs - keyframe.pdtMs) * fps) / 1000;
    if (!hardware && pictures * width * height > SOFTWARE_PIXELS) {
      log('no early picture, too much to decode', { height, pictures: Math.round(pictures) });
      this.stop();
      return;
    }
    attempt.beganMs = clock.now();
    attempt.player = createPlayer({ timeline, startMs, onFatal: () => this.stop() });
    // Until its time has come.
    attempt.player.setRate(0);
  }

  /** True once it shows what the tile shows. */
  #chase({ partMs }: Attempt, player: EarlyPlayer, dueMs: number): boolean {
    const atMs = player.programMs();
    if (!player.ready() || atMs === undefined) return false;
    const lateMs = dueMs - atMs;
    player.setRate(lateMs > IN_STEP_MS ? CHASE_RATE : lateMs < -IN_STEP_MS ? 0 : 1);
    const presentedMs = player.presentedMs();
    return (
      Math.abs(lateMs) <= IN_STEP_MS &&
      presentedMs !== undefined &&
      dueMs - presentedMs <= partMs + IN_STEP_MS
    );
  }
}

function keepInStep(player: EarlyPlayer, dueMs: number): void {
  const lateMs = dueMs - (player.programMs() ?? dueMs);
  player.setRate(Math.abs(lateMs) <= ADRIFT_MS ? 1 : 1 + Math.sign(lateMs) * GENTLE);
}
