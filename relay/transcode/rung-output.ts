/**
 * The parts of one rung, whichever transcoder makes them: dated by the source, in its media time. When one transcoder
 * takes over from another it does so at a keyframe, and as long as header and media time go on nothing tells the two
 * apart. Pure: time is injected.
 */
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import { MAX_PDT_STEP_MS, type Timeline } from '../../src/wire/timeline.ts';
import type { StreamInit } from '../media/frame-reader.ts';
import { type FrameGroup, MAX_GAP_MS } from '../media/part-grouper.ts';
import { writePart } from '../media/part-writer.ts';
import { sameBytes } from './feeder.ts';
import type { SourceDate } from './source-dates.ts';

export interface MadePart {
  readonly init: StreamInit;
  /** In the media time of the source. */
  readonly group: FrameGroup;
  readonly date: SourceDate;
}

/** Whoever makes parts: an identity. */
export type Maker = object;

export interface Edge {
  /** End of the newest part in the media time of its source. */
  readonly mediaMs: number;
  readonly epoch: number;
  readonly source: Timeline;
}

interface Next {
  readonly maker: Maker;
  readonly onTaken: () => void;
  /** Of its newest part. */
  pdtMs: number;
  /** From its first keyframe that is not shown yet: the maker before it still has to come up to there. */
  ready: Held | undefined;
}

interface Held {
  readonly parts: MadePart[];
  readonly source: Timeline;
  readonly cancel: Cancel;
}

/** So long the maker that leaves is held back for its successor's keyframe: less than a viewer has in hand. */
const HOLD_MS = 120;
/** A successor that is further behind than this is not waited for; one that is ahead waits for so long. */
const NEAR_MS = 500;

export class RungOutput {
  readonly #target: Timeline;
  readonly #timers: Timers;
  #owner: Maker | undefined;
  #next: Next | undefined;
  /** Of the owner. */
  #held: Held | undefined;
  #edge: Edge | undefined;
  #sequence = 0;
  #compared: { readonly init: StreamInit; readonly initId: string; readonly same: boolean } | undefined;

  constructor(target: Timeline, timers: Timers) {
    this.#target = target;
    this.#timers = timers;
  }

  /** Undefined before the first part. */
  get edge(): Edge | undefined {
    return this.#edge;
  }

  /** Its parts count from now on. */
  own(maker: Maker): void {
    this.#owner = maker;
  }

  /** Another maker takes over with its first keyframe that nobody has seen yet; replaces one that was expected before. */
  expect(maker: Maker, onTaken: () => void): void {
    this.#next?.ready?.cancel();
    this.#next = { maker, onTaken, pdtMs: Number.NEGATIVE_INFINITY, ready: undefined };
  }

  /** @param source that it was made from */
  take(maker: Maker, part: MadePart, source: Timeline): void {
    if (maker === this.#next?.maker) this.#fromNext(this.#next, part, source);
    else if (maker === this.#owner) this.#fromOwner(part, source);
  }

  /** Nothing is held back any more, as at the end. */
  release(): void {
    this.#next?.ready?.cancel();
    this.#letGo();
  }

  #letGo(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.cancel();
    this.#writeAll(held);
  }

  #fromNext(next: Next, part: MadePart, source: Timeline): void {
    next.pdtMs = part.date.pdtMs;
    if (next.ready !== undefined) {
      next.ready.parts.push(part);
      return;
    }
    if (!part.group.independent || part.date.pdtMs < this.#edgePdtMs - MAX_GAP_MS) return;
    const cancel = this.#timers.after(NEAR_MS, () => this.#takeOver(next));
    next.ready = { parts: [part], source, cancel };
    this.#reached(next, part.date.pdtMs);
  }

  /** The owner has come up to the successor's keyframe, or there is nothing that could. */
  #reached(next: Next, pdtMs: number): void {
    if (this.#edgePdtMs >= pdtMs - MAX_GAP_MS || this.#target.edgePdtMs === undefined) this.#takeOver(next);
  }

  #takeOver(next: Next): void {
    this.#held?.cancel();
    this.#held = undefined;
    this.#owner = next.maker;
    this.#next = undefined;
    next.ready?.cancel();
    this.#writeAll(next.ready);
    next.onTaken();
  }

  #writeAll(held: Held | undefined): void {
    for (const part of held?.parts ?? []) this.#write(part, held?.source ?? this.#target);
  }

  get #edgePdtMs(): number {
    return this.#target.edgePdtMs ?? Number.NEGATIVE_INFINITY;
  }

  #fromOwner(part: MadePart, source: Timeline): void {
    const next = this.#next;
    const near = (next?.pdtMs ?? Number.NEGATIVE_INFINITY) >= part.date.pdtMs - NEAR_MS;
    if (this.#held === undefined && near && next?.ready === undefined && part.group.independent)
      this.#held = { parts: [], source, cancel: this.#timers.after(HOLD_MS, () => this.#letGo()) };
    if (this.#held === undefined) this.#write(part, source);
    else this.#held.parts.push(part);
    const [first] = next?.ready?.parts ?? [];
    if (next !== undefined && first !== undefined) this.#reached(next, first.date.pdtMs);
  }

  #write({ init, group, date }: MadePart, source: Timeline): void {
    const last = this.#target.segments.at(-1);
    const same = last !== undefined && this.#sameAs(last.initId, init);
    const goesOn = same && this.#goesOn(group, date, source);
    if (!goesOn && !(group.independent && this.#isNew(date, source))) return;
    // Above every number before it, whoever gave that: each epoch opens a segment.
    const epoch = goesOn ? last.epoch : this.#target.nextMsn;
    const initId = same ? last.initId : `i${this.#target.nextSerial}`;
    const { codecs, width, height, bytes } = init;
    this.#target.addInit({ id: initId, bytes, codecs, width, height });
    this.#sequence += 1;
    this.#edge = { mediaMs: group.startMs + group.durationMs, epoch: date.epoch, source };
    this.#target.append({
      ...{ epoch, initId, durationMs: group.durationMs, independent: group.independent },
      ...{ pdtMs: date.pdtMs, mediaMs: group.startMs, startsSegment: group.independent },
      data: writePart(group, init, this.#sequence),
    });
  }

  /** Compared once for each process, not for each part. */
  #sameAs(initId: string, init: StreamInit): boolean {
    if (this.#compared?.init !== init || this.#compared.initId !== initId)
      this.#compared = { init, initId, same: sameBytes(init.bytes, this.#target.init(initId)?.bytes) };
    return this.#compared.same;
  }

  #goesOn({ startMs }: FrameGroup, { pdtMs, epoch }: SourceDate, source: Timeline): boolean {
    const edge = this.#edge;
    const edgePdtMs = this.#target.edgePdtMs;
    if (edge === undefined || edgePdtMs === undefined || edge.source !== source) return false;
    if (edge.epoch !== epoch || Math.abs(startMs - edge.mediaMs) > MAX_GAP_MS) return false;
    return Math.abs(pdtMs - edgePdtMs) < MAX_PDT_STEP_MS;
  }

  /** What another process makes again of what was seen already is of no use. */
  #isNew({ pdtMs, epoch }: SourceDate, source: Timeline): boolean {
    const edge = this.#edge;
    if (edge !== undefined && edge.source === source && epoch > edge.epoch) return true;
    return pdtMs >= this.#edgePdtMs - MAX_GAP_MS;
  }
}
