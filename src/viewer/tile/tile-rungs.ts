/**
 * The rung of one tile: which one it plays, when it changes, and what stands in for one that fell silent. It owns the
 * media links and carries out what rung-choice.ts, rung-offer.ts and media-pace.ts say.
 */
import type { MediaHeader } from '../../wire/media-frames.ts';
import type { CameraStateName } from '../../wire/protocol.ts';
import type { Playability, Playable } from '../player/playability.ts';
import type { FrameCount } from '../player/tile-port.ts';
import type { LinkState, LinkTarget } from '../push/media-link.ts';
import { RungLinks, type RungLinksDeps } from '../push/rung-links.ts';
import { DecodePace } from './decode-pace.ts';
import { MediaPace } from './media-pace.ts';
import {
  chooseRung,
  costsAsMuchToMake,
  type DecodeWish,
  decodeWish,
  farTooLarge,
  isInstead,
  LARGE_TILE_PX,
  RungPace,
  type RungSigns,
  type RungSize,
} from './rung-choice.ts';
import { RungOffer } from './rung-offer.ts';
import { affordable, type RungStep, rungSteps } from './rung-steps.ts';
import { rungWords, unplayableWords } from './rung-words.ts';

export interface TileRungsDeps extends Omit<RungLinksDeps, 'onGone' | 'onGivenUp'> {
  /** Best first; empty until the relay knows them. */
  readonly rungs: readonly RungSize[];
  readonly playable: (media: Playable) => Playability;
  readonly shownHeightPx: () => number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** The pictures will be disturbed for a moment, by our own doing. */
  readonly disturbed: () => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export class TileRungs {
  readonly pace = new MediaPace();
  readonly #decoding = new DecodePace();
  readonly #deps: TileRungsDeps;
  readonly #link: RungLinks;
  readonly #offer: RungOffer;
  readonly #changes = new RungPace();
  #listed: readonly RungSize[];
  #target: LinkTarget | undefined;
  #latencyMs = 0;
  #roomy = false;
  /** The relay tells its rungs for the first time: what fits is chosen once the wall has said who has room. */
  #learning = false;
  /** Why nothing is asked for, in words; undefined while something can be played. */
  #unplayable: string | undefined;
  /** The rung that fell silent, while another one is on its way to stand in for it. */
  #silent: string | undefined;
  #heardRung: string | undefined;
  /** The largest that the link has room for; undefined without bound. */
  #most: string | undefined;

  constructor(deps: TileRungsDeps) {
    this.#deps = deps;
    this.#listed = deps.rungs;
    this.#offer = new RungOffer(deps.rungs);
    this.#link = new RungLinks({
      ...deps,
      onState: (state, reason, code) => {
        if (state === 'open') this.pace.opened(deps.nowMs());
        deps.onState(state, reason, code);
      },
      onGone: (rung) => {
        this.#offer.turnDown(rung);
        this.#log('the relay has no such rung', { rung });
        this.#askAgain();
      },
      onGivenUp: (rung, reason) => {
        this.#silent = undefined;
        if (rung !== undefined) this.#offer.putOff(rung, deps.nowMs());
        this.#log('the rung did not come, the other one plays on', { rung, reason });
      },
    });
  }

  /** The rung that plays; undefined while the relay chooses. */
  get rung(): string | undefined {
    return this.#link.rung;
  }

  get state(): LinkState {
    return this.#link.state;
  }

  get unplayable(): string | undefined {
    return this.#unplayable;
  }

  start(target: LinkTarget | undefined, latencyMs: number): void {
    this.setLatency(latencyMs);
    const rung = chooseRung(this.#signs());
    if (this.#listed.length > 1 && rung !== undefined) this.#link.setRung(rung);
    this.setTarget(target);
  }

  stop(): void {
    this.#link.stop();
  }

  setTarget(target: LinkTarget | undefined): void {
    this.#target = target;
    this.#judge();
    this.#link.setTarget(this.#unplayable === undefined ? target : undefined);
  }

  setLatency(latencyMs: number): void {
    this.#latencyMs = latencyMs;
    this.#link.setLatency(latencyMs);
  }

  reconnect(reason: string): void {
    this.#link.reconnect(reason);
  }

  /**
   * What the relay says of the camera's rungs now.
   * @param anew there are others than before, or the camera has another state
   */
  renew(rungs: readonly RungSize[], anew: boolean): void {
    this.#learning ||= this.#listed.length === 0 && rungs.length > 0;
    this.#listed = rungs;
    this.#offer.renew(rungs, anew);
    const playing = this.#playing();
    const unfit = playing !== undefined && !this.#deps.playable(playing).supported;
    if (unfit || (anew && this.#link.state === 'gone')) this.#askAgain();
    const refused = this.#unplayable;
    this.#judge();
    if (refused !== this.#unplayable) this.setTarget(this.#target);
  }

  /**
   * A part of the rung that plays was taken.
   * @param bytes as {@link MediaPace.heard} has it
   */
  heard({ durationMs }: Extract<MediaHeader, { kind: 'part' }>, bytes?: number): void {
    const { rung } = this.#link;
    if (rung !== this.#heardRung) {
      this.pace.begin();
      this.#decoding.begin(this.#latencyMs);
    }
    this.#heardRung = rung;
    this.pace.heard(this.#deps.nowMs(), durationMs, bytes);
    this.#decoding.arrived((durationMs * (this.#playing()?.fps ?? 0)) / 1000);
    const back = this.#silent;
    if (back === undefined) return;
    this.#silent = undefined;
    if (this.#link.next === undefined || back !== this.#playing()?.id) return;
    this.#log('the rung is back before another one was there', { rung: back });
    this.#offer.forgive(back);
    this.#link.setRung(rung);
  }

  wish(): DecodeWish {
    return decodeWish(this.#signs());
  }

  get receivedBytes(): number {
    return this.#link.receivedBytes;
  }

  /** What it can play up to what it would like if the link carried everything, by rate. */
  steps(): RungStep[] {
    return rungSteps({ ...this.#signs(), rungs: this.#offer.rungs, failed: undefined });
  }

  get currentKbps(): number | undefined {
    return this.#playing()?.bitrateKbps;
  }

  get shownHeightPx(): number {
    return this.#deps.shownHeightPx();
  }

  /** The wall shares out what the link carries: a tile that has more goes down at once, whether its pictures move or not. */
  setMost(most: string | undefined): void {
    if (most === this.#most) return;
    this.#most = most;
    if (most === undefined) return;
    const signs = this.#signs();
    if (signs.rungs.some(({ id }) => id === signs.current)) return;
    const wanted = chooseRung(signs);
    if (wanted === undefined) return;
    this.#log('less of the link for this tile', { from: signs.current, to: wanted });
    this.#change(wanted, { midway: true });
  }

  setRoomy(roomy: boolean): void {
    this.#roomy = roomy;
  }

  /** Which stream plays and why, in words; undefined when the relay does not tell where its rungs come from. */
  words(): string | undefined {
    const { playable, shownHeightPx } = this.#deps;
    return rungWords({
      rungs: this.#listed,
      rung: this.rung,
      shownHeightPx: shownHeightPx(),
      playable,
      wasTooMuch: (rung) => this.#offer.wasTooMuch(rung),
      thin: this.#most !== undefined && this.steps().at(-1)?.id !== this.#most,
    });
  }

  /** Whether the relay said that only keyframes of the playing rung are shown. */
  get keyframesOnly(): boolean {
    return this.#playing()?.pictures === 'keyframes';
  }

  /** The relay makes the playing rung: its pictures may be late for that alone, whatever the link does. */
  get made(): boolean {
    return this.#playing()?.origin === 'transcode';
  }

  /** In a part so long, the relay left out pictures to be with the camera again. */
  jumped(durationMs: number): boolean {
    return this.made && this.pace.stretched(durationMs);
  }

  /** Fits the rung to the tile; only while pictures move. */
  fit(): void {
    const nowMs = this.#deps.nowMs();
    const signs = this.#signs();
    const wanted = this.#changes.next(nowMs, signs);
    if (wanted === undefined) return;
    this.#log('changing the rung', { from: signs.current, to: wanted });
    this.#change(wanted);
  }

  /**
   * Looks after the rung a few times a second: takes the one that fits once the relay has told which there are, and puts
   * another one in the place of one that fell silent while the camera is well; the relay starts its encoder anew
   * meanwhile. Only where the relay says who makes which rung: otherwise one encoder makes them all.
   */
  check(camera: CameraStateName): void {
    if (this.#learning) this.#learn();
    const nowMs = this.#deps.nowMs();
    const playing = this.#playing();
    if (playing?.origin === undefined || this.#link.next !== undefined || this.#link.state !== 'open') return;
    if ((camera !== 'live' && camera !== 'degraded') || !this.pace.silent(nowMs)) return;
    const signs = this.#signs();
    const awake = signs.rungs.filter(
      (rung) => rung.id !== playing.id && rung.asleep !== true && !farTooLarge(signs, rung),
    );
    const other = chooseRung({ ...signs, rungs: awake, current: undefined });
    if (other === undefined) return;
    this.#log('the rung fell silent, another one stands in', { rung: playing.id, other });
    this.#offer.putOff(playing.id, nowMs);
    this.#silent = playing.id;
    this.#change(other);
  }

  /**
   * Goes down to what the relay makes when this computer shows too few pictures of a larger stream that was taken instead.
   * Call it a few times a second.
   * @param judged false while the picture is kept on purpose, or nobody sees it
   * @param full this computer is (host-pace.ts)
   */
  watchDecoder(frames: FrameCount, judged: boolean, full: boolean): void {
    const nowMs = this.#deps.nowMs();
    const playing = this.#playing();
    const signs = this.#signs();
    const isLarger = playing !== undefined && signs.current === playing.id && isInstead(signs, playing);
    // Where the relay runs here as well, to make less of it takes more of this computer than to decode it.
    const helps = !(full && isLarger && this.#relayIsHere && costsAsMuchToMake(playing));
    if (!judged || !isLarger || !helps) {
      this.#decoding.begin(this.#latencyMs);
      return;
    }
    if (!this.#decoding.behind(nowMs, frames)) return;
    // It plays all the same, for want of another one that moves: the relay could not make one when it was asked last.
    if (signs.failed?.has(playing.id)) return;
    this.#offer.tooMuch(playing.id, nowMs);
    const other = chooseRung(this.#signs());
    this.#log('this computer does not decode all pictures', { rung: playing.id, other });
    if (other !== undefined && other !== playing.id) this.#change(other);
  }

  /**
   * Now the relay knows its rungs; until then it sends the best one. Where that is 4K for a small tile it ends at once: a
   * wall that was opened just after its relay decoded it for 20 s, until the smaller one had come beside it, and the other
   * tiles showed 14 pictures a second.
   */
  #learn(): void {
    this.#learning = false;
    const signs = this.#signs();
    const playing = this.#playing();
    const rung = chooseRung({ ...signs, current: undefined });
    if (rung === undefined || rung === playing?.id) return;
    this.#link.setRung(rung, { atOnce: playing !== undefined && farTooLarge(signs, playing) });
  }

  #signs(): RungSigns {
    const { playable, shownHeightPx, nowMs } = this.#deps;
    return {
      rungs: affordable(this.#offer.rungs, this.#most),
      failed: this.#offer.failed(nowMs()),
      shownHeightPx: shownHeightPx(),
      current: this.#link.next?.rung ?? this.#playing()?.id ?? this.#link.rung,
      playable,
      roomy: this.#roomy,
    };
  }

  /** On this very computer. */
  get #relayIsHere(): boolean {
    return this.#target !== undefined && LOOPBACK.test(new URL(this.#target.url).hostname);
  }

  #playing(): RungSize | undefined {
    const { rung } = this.#link;
    return rung === undefined ? this.#listed[0] : this.#listed.find(({ id }) => id === rung);
  }

  /** The rung is gone: asks for what fits best of the others, or waits until the relay tells of some. */
  #askAgain(): void {
    if (this.#offer.exhausted) return;
    const rung = chooseRung({ ...this.#signs(), current: undefined });
    if (rung === undefined && this.#listed.length > 0) return;
    this.#log('asking for another rung', { rung });
    this.#change(rung);
  }

  #change(rung: string | undefined, how: { readonly midway?: boolean } = {}): void {
    this.#deps.disturbed();
    // Only a large tile shows a rung before its keyframe comes (early-picture.ts).
    this.#link.setRung(rung, { brief: this.#deps.shownHeightPx() < LARGE_TILE_PX, ...how });
  }

  #judge(): void {
    const refused =
      this.#listed.length > 0 && this.#listed.every((rung) => !this.#deps.playable(rung).supported);
    const words = refused ? unplayableWords(this.#listed) : undefined;
    if (words !== undefined && words !== this.#unplayable) this.#log(words);
    this.#unplayable = words;
  }

  #log(message: string, fields?: Record<string, unknown>): void {
    this.#deps.log(message, fields);
  }
}
