/**
 * The media link of one tile, exchanged under way when another rung is wanted: make before break. The new link
 * opens beside the old one; the old one goes when the new rung's first keyframe at the edge is there. Rungs of a
 * camera share their keyframes, so that is at most one GOP later, and nothing is missing in between.
 *
 * Where the old rung is gone there is nothing to keep: the new link stands alone, and its first keyframe at the edge
 * is waited for all the same, since it begins with history that was shown already.
 */
import type { MediaHeader } from '../../wire/media-frames.ts';
import type { Cancel } from '../../wire/ports.ts';
import { type LinkState, type LinkTarget, MediaLink, type MediaLinkDeps } from './media-link.ts';

/**
 * The new rung may begin this long before the edge: its keyframe arrives together with the old rung's, in either
 * order. What overlaps is shown twice and made good by the sync law within two seconds.
 */
const OVERLAP_MS = 250;
/** A rung that does not come by then is given up; the old one plays on. */
const GIVE_UP_MS = 6_000;

export interface RungLinksDeps extends Omit<MediaLinkDeps, 'rung'> {
  /** PDT of the end of what the tile has of this run of the relay; undefined before its first part. */
  readonly edgeMs: (run?: string) => number | undefined;
  /** The relay has no such rung (undefined: none at all). Nothing more comes before another one is asked for. */
  readonly onGone: (rung: string | undefined) => void;
}

interface Next {
  readonly link: MediaLink;
  readonly rung: string | undefined;
  readonly giveUp: Cancel;
}

export class RungLinks {
  readonly #deps: RungLinksDeps;
  #link: MediaLink;
  #rung: string | undefined;
  /** False until the first keyframe at the edge of a link that took the place of another. */
  #joined = true;
  #next: Next | undefined;
  /** Init segments of the link that has not joined, kept until its first part is taken. */
  #inits: { readonly header: MediaHeader; readonly bytes: Uint8Array }[] = [];
  #target: LinkTarget | undefined;
  #latencyMs = 0;

  constructor(deps: RungLinksDeps) {
    this.#deps = deps;
    this.#link = this.#create(undefined);
  }

  get state(): LinkState {
    return this.#link.state;
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

  /** Goes over to this rung (undefined: the relay's best) as soon as it can be joined without a gap. */
  setRung(rung: string | undefined): void {
    if (this.#next !== undefined && rung === this.#next.rung) return;
    const gone = this.#link.state === 'gone';
    this.#dropNext();
    if (rung === this.#rung && !gone) return;
    if (gone || !this.#joined || this.#deps.edgeMs() === undefined) this.#replace(rung);
    else this.#prepare(rung);
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

  #prepare(rung: string | undefined): void {
    const link = this.#create(rung);
    const giveUp = this.#deps.timers.after(GIVE_UP_MS, () => this.#dropNext());
    this.#next = { link, rung, giveUp };
    this.#connect(link);
  }

  #connect(link: MediaLink): void {
    link.setLatency(this.#latencyMs);
    link.setTarget(this.#target);
  }

  #create(rung: string | undefined): MediaLink {
    const { edgeMs: _edge, onGone: _gone, ...deps } = this.#deps;
    const link: MediaLink = new MediaLink({
      ...deps,
      ...(rung === undefined ? {} : { rung }),
      onFrame: (header, bytes) => this.#frame(link, header, bytes),
      onState: (state, reason, code) => {
        if (link === this.#link) this.#changed(state, reason, code);
        else if (link === this.#next?.link) this.#nextChanged(this.#next, state);
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
    next.giveUp();
    this.#next = undefined;
    this.#link = next.link;
    this.#rung = next.rung;
    this.#joined = false;
    this.#deps.onState(next.link.state, '');
  }

  #nextChanged(next: Next, state: LinkState): void {
    if (state !== 'gone' && state !== 'waiting') return;
    this.#dropNext();
    if (state === 'gone') this.#deps.onGone(next.rung);
  }

  #frame(link: MediaLink, header: MediaHeader, bytes: Uint8Array): boolean {
    const current = link === this.#link;
    if (current && this.#joined) return this.#deps.onFrame(header, bytes);
    if (!current && link !== this.#next?.link) return true;
    if (header.kind === 'init') {
      this.#inits.push({ header, bytes });
      return true;
    }
    if (!this.#joins(header)) return true;
    if (!current) this.#goOver();
    this.#joined = true;
    for (const init of this.#inits.splice(0)) this.#deps.onFrame(init.header, init.bytes);
    return this.#deps.onFrame(header, bytes);
  }

  #joins(header: Extract<MediaHeader, { kind: 'part' }>): boolean {
    const init = this.#inits.at(-1)?.header;
    const edgeMs = this.#deps.edgeMs(init?.kind === 'init' ? init.run : undefined);
    return header.independent && header.pdtMs >= (edgeMs ?? Number.NEGATIVE_INFINITY) - OVERLAP_MS;
  }

  #goOver(): void {
    const next = this.#next;
    if (next === undefined) return;
    next.giveUp();
    this.#next = undefined;
    this.#link.stop();
    this.#link = next.link;
    this.#rung = next.rung;
  }

  #dropNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) return;
    this.#inits = [];
    next.giveUp();
    next.link.stop();
  }
}
