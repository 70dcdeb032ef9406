/**
 * The media link of one tile, exchanged under way when another rung is wanted: make before break. The new link
 * opens beside the old one; the old one goes when the new rung's first keyframe at the edge is there. Rungs of a
 * camera share their keyframes, so that is at most one GOP later, and nothing is missing in between.
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
  /** PDT of the end of what the tile has; undefined before the first part. */
  readonly edgeMs: () => number | undefined;
}

export class RungLinks {
  readonly #deps: RungLinksDeps;
  #link: MediaLink;
  #rung: string | undefined;
  #next: { readonly link: MediaLink; readonly rung: string; readonly giveUp: Cancel } | undefined;
  /** Init segments of the next rung, kept until its first part is taken. */
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

  /** Goes over to this rung as soon as it can be joined without a gap. */
  setRung(rung: string): void {
    if (rung === this.#next?.rung) return;
    this.#dropNext();
    if (rung === this.#rung) return;
    if (this.#deps.edgeMs() === undefined) {
      // Nothing plays yet: there is nothing to keep.
      this.#link.stop();
      this.#rung = rung;
      this.#link = this.#create(rung);
      this.#connect(this.#link);
      return;
    }
    const link = this.#create(rung);
    const giveUp = this.#deps.timers.after(GIVE_UP_MS, () => this.#dropNext());
    this.#next = { link, rung, giveUp };
    this.#connect(link);
  }

  reconnect(reason: string): void {
    this.#dropNext();
    this.#link.reconnect(reason);
  }

  stop(): void {
    this.#dropNext();
    this.#link.stop();
  }

  #connect(link: MediaLink): void {
    link.setLatency(this.#latencyMs);
    link.setTarget(this.#target);
  }

  #create(rung: string | undefined): MediaLink {
    const { edgeMs: _edge, ...deps } = this.#deps;
    const link: MediaLink = new MediaLink({
      ...deps,
      ...(rung === undefined ? {} : { rung }),
      onFrame: (header, bytes) => this.#frame(link, header, bytes),
      onState: (state, reason, code) => {
        if (link === this.#link) deps.onState(state, reason, code);
        else if (state === 'refused' || state === 'waiting') this.#dropNext();
      },
    });
    return link;
  }

  #frame(link: MediaLink, header: MediaHeader, bytes: Uint8Array): void {
    if (link === this.#link) {
      this.#deps.onFrame(header, bytes);
      return;
    }
    const next = this.#next;
    if (link !== next?.link) return;
    if (header.kind === 'init') {
      this.#inits.push({ header, bytes });
      return;
    }
    const edgeMs = this.#deps.edgeMs() ?? Number.NEGATIVE_INFINITY;
    if (!header.independent || header.pdtMs < edgeMs - OVERLAP_MS) return;
    next.giveUp();
    this.#next = undefined;
    this.#link.stop();
    this.#link = link;
    this.#rung = next.rung;
    for (const init of this.#inits.splice(0)) this.#deps.onFrame(init.header, init.bytes);
    this.#deps.onFrame(header, bytes);
  }

  #dropNext(): void {
    const next = this.#next;
    this.#next = undefined;
    this.#inits = [];
    next?.giveUp();
    next?.link.stop();
  }
}
