/**
 * The media link of one tile, exchanged under way when another rung is wanted: make before break. The new link
 * opens beside the old one; the old one goes when the new rung's first keyframe at the edge is there, and rung-seam.ts
 * sees to it that nothing is missing in between and nothing shown twice. That is at most one GOP after the new rung's
 * media have come; a rung that sleeps keeps its socket open without any until it is awake.
 *
 * Where the old rung is gone there is nothing to keep: the new link stands alone, and its first keyframe at the edge
 * is waited for all the same, since it begins with history that was shown already.
 */
import type { MediaHeader } from '../../wire/media-frames.ts';
import type { Cancel } from '../../wire/ports.ts';
import { type LinkState, type LinkTarget, MediaLink, type MediaLinkDeps } from './media-link.ts';
import { type Frame, RungSeam, type SeamStep } from './rung-seam.ts';

/** A link that stands alone may begin this long before the edge: what it shows twice the sync law makes good. */
const OVERLAP_MS = 250;
/** A rung of which nothing has come by then is given up; the old one plays on. Waking takes 0.1 to 3 s. */
const GIVE_UP_MS = 6_000;
/** One of which media come is waited for this long: cameras with a GOP of 10 s have a keyframe by then. */
const NO_KEYFRAME_MS = 15_000;
/** A keyframe waits this long for an old rung of which nothing has come: that one has stopped. */
const SEAM_MS = 250;
/** While something of it comes so often it is only late: on a link that is too thin, by seconds. */
const LATE_SEAM_MS = 1_000;
/** Longer, and it is on another clock. */
const LONGEST_SEAM_MS = 5_000;

export interface RungLinksDeps extends Omit<MediaLinkDeps, 'rung'> {
  /** PDT of the end of what the tile has of this run of the relay; undefined before its first part. */
  readonly edgeMs: (run?: string) => number | undefined;
  /** The relay has no such rung (undefined: none at all). Nothing more comes before another one is asked for. */
  readonly onGone: (rung: string | undefined) => void;
  /** The rung that was to take over did not come; the old one plays on. */
  readonly onGivenUp: (rung: string | undefined, reason: string) => void;
  /** Gets what comes of a rung that is to take over, from its history on and also after it has; told when it does not come. */
  readonly early?: {
    take(header: MediaHeader, bytes: Uint8Array): void;
    stop(): void;
  };
}

interface Next {
  readonly link: MediaLink;
  readonly rung: string | undefined;
  readonly seam: RungSeam;
  /** It takes over wherever the tile has come to. */
  readonly midway: boolean;
  /** Which start of the relay its media are of; undefined before its init segment. */
  run: string | undefined;
  giveUp: Cancel;
  /** Ends the wait of its keyframe for the old rung. */
  wait: Cancel | undefined;
}

export class RungLinks {
  readonly #deps: RungLinksDeps;
  #link: MediaLink;
  #rung: string | undefined;
  /** False until the first keyframe at the edge of a link that took the place of another. */
  #joined = true;
  #next: Next | undefined;
  /** The link that was opened beside another one last: {@link RungLinksDeps.early} gets what comes of it. */
  #beside: MediaLink | undefined;
  /** Init segments of the link that has not joined, kept until its first part is taken. */
  #inits: Frame[] = [];
  #target: LinkTarget | undefined;
  #latencyMs = 0;
  #receivedBytes = 0;

  constructor(deps: RungLinksDeps) {
    this.#deps = deps;
    this.#link = this.#create(undefined);
  }

  get state(): LinkState {
    return this.#link.state;
  }

  /** Of all its sockets, those that are to take over too. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The rung that plays; undefined while the relay chooses. */
  get rung(): string | undefined {
    return this.#rung;
  }

  setTarget(target: LinkTarget | undefined): void {
    this.#target = target;
    this.#dropNext();
    this.#link.setTarget(target);
  }

  setLatency(latencyMs: number): void {
    this.#latencyMs = latencyMs;
    this.#link.setLatency(latencyMs);
    this.#next?.link.setLatency(latencyMs);
  }

  /** The rung that is to take over from the one that plays; undefined when none is. */
  get next(): { readonly rung: string | undefined } | undefined {
    return this.#next;
  }

  /**
   * Goes over to this rung (undefined: the relay's best) as soon as it can be joined without a gap.
   * @param how `atOnce`: the one that plays ends now, and its last picture stands until the other one is there. `brief`:
   * nothing is wanted of its history, which on a thin link would hold up everything else. `midway`: it takes over wherever
   * the tile has come to, and not with a keyframe: what is still to come of the one that plays is more than the link carries
   */
  setRung(rung: string | undefined, { atOnce = false, brief = false, midway = false } = {}): void {
    if (this.#next !== undefined && rung === this.#next.rung) return;
    const gone = this.#link.state === 'gone';
    this.#dropNext();
    if (rung === this.#rung && !gone) return;
    if (atOnce || gone || !this.#joined || this.#deps.edgeMs() === undefined) this.#replace(rung);
    else this.#prepare(rung, brief, midway);
  }

  reconnect(reason: string): void {
    this.#dropNext();
    this.#link.reconnect(reason);
  }

  stop(): void {
    this.#dropNext();
    this.#link.stop();
  }

  /** Nothing plays by the present link: there is nothing to keep. */
  #replace(rung: string | undefined): void {
    this.#link.stop();
    this.#inits = [];
    this.#rung = rung;
    this.#joined = this.#deps.edgeMs() === undefined;
    this.#link = this.#create(rung);
    this.#connect(this.#link);
  }

  #prepare(rung: string | undefined, brief: boolean, midway: boolean): void {
    const { timers } = this.#deps;
    const link = this.#create(rung);
    const giveUp = timers.after(GIVE_UP_MS, () => {
      if (!next.seam.alive) this.#giveUp(next, 'nothing came of it');
      else {
        next.giveUp = timers.after(NO_KEYFRAME_MS - GIVE_UP_MS, () =>
          this.#giveUp(next, 'no keyframe of it came in time'),
        );
      }
    });
    const seam = new RungSeam(midway);
    const next: Next = { link, rung, seam, midway, run: undefined, giveUp, wait: undefined };
    this.#next = next;
    this.#deps.early?.stop();
    this.#beside = link;
    link.brief = brief;
    if (midway) link.from = () => this.#deps.edgeMs();
    this.#connect(link);
  }

  #connect(link: MediaLink): void {
    link.setLatency(this.#latencyMs);
    link.setTarget(this.#target);
  }

  #create(rung: string | undefined): MediaLink {
    const { edgeMs: _edge, onGone: _gone, onGivenUp: _givenUp, early: _early, ...deps } = this.#deps;
    const link: MediaLink = new MediaLink({
      ...deps,
      ...(rung === undefined ? {} : { rung }),
      onFrame: (header, bytes) => this.#frame(link, header, bytes),
      onState: (state, reason, code) => {
        if (link === this.#link) this.#changed(state, reason, code);
        else if (link === this.#next?.link) this.#nextChanged(this.#next, state, reason);
      },
    });
    return link;
  }

  #changed(state: LinkState, reason: string, code: number | undefined): void {
    this.#deps.onState(state, reason, code);
    if (state !== 'gone') return;
    const next = this.#next;
    if (next === undefined) {
      this.#deps.onGone(this.#rung);
      return;
    }
    const frames = next.seam.begin();
    for (const { header, bytes } of next.seam.giveUp()) this.#deps.onFrame(header, bytes);
    this.#goOver(next, frames);
    this.#deps.onState(next.link.state, '');
  }

  #nextChanged(next: Next, state: LinkState, reason: string): void {
    if (state === 'waiting') this.#giveUp(next, reason);
    if (state !== 'gone') return;
    this.#dropNext();
    this.#deps.onGone(next.rung);
  }

  #giveUp(next: Next, reason: string): void {
    if (next !== this.#next) return;
    this.#dropNext();
    this.#deps.onGivenUp(next.rung, reason);
  }

  #frame(link: MediaLink, header: MediaHeader, bytes: Uint8Array): boolean {
    this.#receivedBytes += bytes.byteLength;
    if (link === this.#beside) this.#deps.early?.take(header, bytes);
    const next = this.#next;
    if (link === next?.link) {
      if (header.kind === 'init') next.run = header.run;
      const edgeMs = this.#deps.edgeMs(next.run);
      // It brings what follows: for that the link is needed now. The relay sends the init segment when there are media.
      if (next.midway) this.#link.spare(header.kind === 'init' || header.pdtMs <= (edgeMs ?? 0));
      return this.#take(next, next.seam.addNew({ header, bytes }, edgeMs));
    }
    if (link !== this.#link) return true;
    if (this.#joined) {
      if (next === undefined) return this.#deps.onFrame(header, bytes);
      return this.#take(next, next.seam.addOld({ header, bytes }, this.#deps.edgeMs(next.run)));
    }
    if (header.kind === 'init') {
      this.#inits.push({ header, bytes });
      return true;
    }
    if (!this.#joins(header)) return true;
    this.#joined = true;
    for (const init of this.#inits.splice(0)) this.#deps.onFrame(init.header, init.bytes);
    return this.#deps.onFrame(header, bytes);
  }

  /** False when a frame of the old rung cannot be used. */
  #take(next: Next, { old, begin }: SeamStep): boolean {
    const usable = old.map(({ header, bytes }) => this.#deps.onFrame(header, bytes)).every(Boolean);
    if (begin !== undefined) {
      this.#link.stop();
      this.#goOver(next, begin);
    } else if (next.seam.pending) {
      next.wait ??= this.#waitForOld(next, SEAM_MS, LONGEST_SEAM_MS);
    }
    return usable;
  }

  #waitForOld(next: Next, forMs: number, atMostMs: number, beforeMs = Number.NEGATIVE_INFINITY): Cancel {
    return this.#deps.timers.after(forMs, () => {
      if (next !== this.#next) return;
      const { comeMs } = next.seam;
      if (comeMs > beforeMs && atMostMs > forMs) {
        next.wait = this.#waitForOld(next, LATE_SEAM_MS, atMostMs - forMs, comeMs);
        return;
      }
      this.#link.stop();
      this.#goOver(next, next.seam.begin());
    });
  }

  #joins(header: Extract<MediaHeader, { kind: 'part' }>): boolean {
    const init = this.#inits.at(-1)?.header;
    const edgeMs = this.#deps.edgeMs(init?.kind === 'init' ? init.run : undefined);
    return header.independent && header.pdtMs >= (edgeMs ?? Number.NEGATIVE_INFINITY) - OVERLAP_MS;
  }

  /** @param frames with which it begins; undefined: its first keyframe is still to come */
  #goOver(next: Next, frames: readonly Frame[] | undefined): void {
    next.giveUp();
    next.wait?.();
    this.#next = undefined;
    this.#link = next.link;
    this.#link.brief = false;
    this.#link.from = undefined;
    this.#rung = next.rung;
    this.#joined = frames !== undefined;
    this.#inits = frames === undefined ? [...next.seam.inits] : [];
    for (const { header, bytes } of frames ?? []) this.#deps.onFrame(header, bytes);
  }

  #dropNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) return;
    next.giveUp();
    next.wait?.();
    next.link.stop();
    this.#link.spare(false);
    this.#beside = undefined;
    this.#deps.early?.stop();
    for (const { header, bytes } of next.seam.giveUp()) this.#deps.onFrame(header, bytes);
  }
}
