/**
 * What the link carries for all tiles together, and how it is shared: smaller rungs come before more latency, and long
 * before parts are left out. Down at once when media pile up on the way, to less than what came meanwhile; up a step at a
 * time while nothing is late, each of which may fail and then waits twice as long. Nothing is bounded on a link that never
 * was too thin. Pure.
 */
import { allot, type BudgetTile, byNeed, costOf, focusOf, kbpsOf, sumOf } from './link-allot.ts';

export interface BudgetSigns {
  /** Monotonic. */
  readonly nowMs: number;
  readonly tiles: readonly BudgetTile[];
  /** The relay is a long way off, or the browser calls the network slow: it begins with the smallest rungs. Undefined while not known. */
  readonly far: boolean | undefined;
  /** What the user wants them to receive at most. */
  readonly limitKbps?: number | undefined;
  /** This computer is full: parts are late for that, and smaller rungs help it all the same. */
  readonly full?: boolean | undefined;
}

/** Half of the media so late, for so long, and later all the while: what comes meanwhile is what the link carries. */
const LAG_MS = 300;
const JUDGE_MS = 1_500;
/** Later by a quarter of the time or more while media come, and it is plain sooner: pictures run out within a second. */
const PLAIN_MS = 500;
const PLAIN_SHARE = 0.25;
/** In the time of {@link JUDGE_MS}; a way that only became longer is no thinner. */
const GROWS_MS = 50;
/** Keyframes make the rate of a second say little. */
const WINDOW_MS = 4_000;
/** With nothing at all for so long it does not tell how much it carries. */
const SILENT_MS = 700;
/** Of what it carried; the rest drains what has piled up … */
const SHARE = 0.85;
/** … in so long at most. */
const DRAIN_MS = 2_000;
/** Up to {@link SHARE} of it tiles go up again one by one, each after so long without a pile. */
const DRAINED_HOLD_MS = 2_000;
/** What comes so much faster than it plays is a pile that goes by itself. */
const DRAINS = 1.1;
/** What was lowered shows first: the larger rungs end at a keyframe of the smaller. */
const SETTLE_MS = 4_000;
const LOWER = 0.8;
const FIRST_HOLD_MS = 10_000;
/** Beyond what the link was seen to carry it is tried less often. */
const KNOWN_SHARE = 0.97;
const BEYOND_HOLD_MS = 45_000;
const MAX_HOLD_MS = 160_000;
/** Where it begins small by a guess it goes up sooner, until that fails. */
const GUESS_HOLD_MS = 3_000;
/** A step that brings no trouble for so long has succeeded. */
const PROBE_MS = 15_000;
/** A rung that has not taken over by then cannot: until it does, both are on the way. */
const ARRIVE_MS = 6_000;
/** Measured rates differ by so much from one look to the next. */
const COMES = 0.8;
interface Sample {
  readonly atMs: number;
  readonly bits: number;
  readonly lagMs: number;
}

export class LinkBudget {
  /** By the link; undefined while that never was too thin. */
  #budgetKbps: number | undefined;
  #limitKbps = Number.POSITIVE_INFINITY;
  #carriesKbps: number | undefined;
  #samples: Sample[] = [];
  readonly #received = new Map<string, number>();
  #lastBytesMs = Number.NEGATIVE_INFINITY;
  #skipped = 0;
  #busySinceMs: number | undefined;
  #piling: number | undefined;
  #cleanSinceMs: number | undefined;
  #settleUntilMs = Number.NEGATIVE_INFINITY;
  #raisedMs = Number.NEGATIVE_INFINITY;
  /** On its way to take over. */
  #raised: { readonly camera: string; readonly kbps: number } | undefined;
  /** What it was before. */
  #beforeKbps = 0;
  /** When it was found too thin or tried last. */
  #triedMs = Number.NEGATIVE_INFINITY;
  #holdMs = FIRST_HOLD_MS;
  #guessing = false;
  #judged = false;
  /** It was lowered for a full computer, and what the link carries is not known. */
  #byHost = false;
  #full = false;
  #key = '';
  #most: ReadonlyMap<string, string> = new Map();
  /** What it was lowered to but for what had piled up: no trial to go back to. */
  #drainedKbps = 0;
  #smaller = 0;
  #tooThin = false;

  /** The largest rung that each tile may have, by camera; empty while none is bounded. The same map until it changes. */
  get most(): ReadonlyMap<string, string> {
    return this.#most;
  }

  /** How many tiles have a smaller rung than they would like. */
  get smaller(): number {
    return this.#smaller;
  }

  /** They are smaller for what the user wants, and not for the link. */
  get limited(): boolean {
    return this.#smaller > 0 && this.#limitKbps < (this.#budgetKbps ?? Number.POSITIVE_INFINITY);
  }

  /** They are smaller since this computer is full. */
  get byHost(): boolean {
    return this.#smaller > 0 && this.#byHost;
  }

  /** Even the smallest rungs are more than the link carries. */
  get tooThin(): boolean {
    return this.#tooThin && !this.#byHost;
  }

  /** What it was seen to carry at most, while tiles are bounded for it. */
  get carriesKbps(): number | undefined {
    if (this.#byHost) return undefined;
    return (this.#smaller > 0 && !this.limited) || this.#tooThin ? this.#carriesKbps : undefined;
  }

  /**
   * The share of the media that the link carries, from when they begin to pile up on the way until that has drained: no
   * latency helps meanwhile. Undefined otherwise.
   */
  get piling(): number | undefined {
    return this.#piling;
  }

  /** What all tiles received in the last seconds. */
  rateKbps(nowMs: number): number {
    return rateOf(this.#samples, nowMs - WINDOW_MS, nowMs);
  }

  /** Tiles begin anew for another reason than the link: what is late or left out meanwhile says nothing of it. */
  settle(nowMs: number): void {
    this.#settleUntilMs = Math.max(this.#settleUntilMs, nowMs + SETTLE_MS);
  }

  /** The network is another one. */
  forget(): void {
    this.#budgetKbps = undefined;
    this.#carriesKbps = undefined;
    this.#holdMs = FIRST_HOLD_MS;
    this.#guessing = false;
    this.#judged = false;
    this.#byHost = false;
    this.#busySinceMs = undefined;
    this.#piling = undefined;
  }

  /** Call it a few times a second while the page is seen. */
  step({ nowMs, tiles, far, limitKbps = Number.POSITIVE_INFINITY, full = false }: BudgetSigns): void {
    this.#limitKbps = limitKbps;
    this.#full = full;
    if (this.#byHost && !full) this.#hostIsCalm(nowMs);
    if (!this.#judged && far !== undefined && tiles.some(({ steps }) => steps.length > 0)) {
      this.#judged = true;
      if (far) this.#guess(nowMs);
    }
    const telling = tiles.filter(({ tells, lagMs }) => tells && lagMs !== undefined);
    const late = telling.filter(({ lagMs = 0 }) => lagMs > LAG_MS);
    this.#count(nowMs, tiles, late);
    const skipped = tiles.reduce((sum, { skippedParts }) => sum + skippedParts, 0);
    const more = skipped > this.#skipped;
    this.#skipped = skipped;
    this.#watchRaise(nowMs, tiles);
    if (nowMs - this.#lastBytesMs > SILENT_MS) this.#busySinceMs = undefined;
    else if (more || (late.length > 0 && 2 * kbpsOf(late) >= kbpsOf(telling))) this.#busy(nowMs, tiles, more);
    else this.#clean(nowMs, tiles);
    this.#share(tiles);
  }

  #count(nowMs: number, tiles: readonly BudgetTile[], late: readonly BudgetTile[]): void {
    let bytes = 0;
    for (const { camera, receivedBytes } of tiles) {
      bytes += Math.max(0, receivedBytes - (this.#received.get(camera) ?? 0));
      this.#received.set(camera, receivedBytes);
    }
    if (bytes > 0) this.#lastBytesMs = nowMs;
    const lagMs = Math.max(0, ...late.map((tile) => tile.lagMs ?? 0));
    this.#samples.push({ atMs: nowMs, bits: bytes * 8, lagMs });
    this.#samples = this.#samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
  }

  /** As large as before at once: the link was never found too thin. */
  #hostIsCalm(nowMs: number): void {
    this.#byHost = false;
    this.#budgetKbps = undefined;
    this.#carriesKbps = undefined;
    this.#holdMs = FIRST_HOLD_MS;
    this.#busySinceMs = undefined;
    this.#piling = undefined;
    this.settle(nowMs);
  }

  #guess(nowMs: number): void {
    this.#budgetKbps = 0;
    this.#guessing = true;
    this.#holdMs = GUESS_HOLD_MS;
    this.#cleanSinceMs = nowMs;
  }

  /** @param skipped the relay has left parts out, so that the pile is gone */
  #busy(nowMs: number, tiles: readonly BudgetTile[], skipped: boolean): void {
    this.#cleanSinceMs = undefined;
    this.#busySinceMs ??= nowMs;
    const forMs = nowMs - this.#busySinceMs;
    const needed = kbpsOf(tiles);
    if (nowMs < this.#settleUntilMs) return;
    const plain = forMs >= PLAIN_MS && this.#growthMs(nowMs, PLAIN_MS) >= PLAIN_SHARE * PLAIN_MS;
    if (!skipped && !plain) {
      // Until it can be judged, it may be one.
      if (forMs < JUDGE_MS) this.#piling ??= 1;
      if (forMs < JUDGE_MS) return;
      if (this.#growthMs(nowMs, JUDGE_MS) < GROWS_MS && nowMs - this.#raisedMs >= PROBE_MS) {
        this.#piling = undefined;
        return;
      }
    }
    // What came before it was busy came faster.
    const overMs = Math.min(WINDOW_MS, Math.max(plain ? PLAIN_MS : JUDGE_MS, forMs));
    const kbps = rateOf(this.#samples, nowMs - overMs, nowMs);
    if (kbps >= needed * DRAINS) return;
    this.#carriesKbps = kbps;
    this.#piling = needed > 0 ? Math.min(1, kbps / needed) : 1;
    // Where less came than it carried before that, it became thinner: no trial failed, and what has piled up is to drain.
    const failed = nowMs - this.#raisedMs < PROBE_MS && kbps >= this.#beforeKbps;
    const before = this.#budgetKbps ?? Number.POSITIVE_INFINITY;
    if (this.#full && this.#budgetKbps === undefined) this.#byHost = true;
    const { lagMs = 0 } = this.#samples.at(-1) ?? {};
    const share = skipped ? SHARE : Math.max(0, Math.min(SHARE, 1 - lagMs / DRAIN_MS));
    this.#budgetKbps = failed ? this.#beforeKbps : Math.min(kbps * share, before * LOWER);
    this.#drainedKbps = failed ? 0 : Math.min(kbps * SHARE, before * LOWER);
    this.#lowered(nowMs, failed);
  }

  /** A larger rung that does not come to take over is one too many, whether others are late for it or not. */
  #watchRaise(nowMs: number, tiles: readonly BudgetTile[]): void {
    const raised = this.#raised;
    if (raised === undefined) return;
    const tile = tiles.find(({ camera }) => camera === raised.camera);
    if (tile === undefined || (tile.currentKbps ?? 0) >= raised.kbps * COMES) this.#raised = undefined;
    else if (nowMs - this.#raisedMs >= ARRIVE_MS) {
      this.#carriesKbps = this.rateKbps(nowMs);
      this.#budgetKbps = this.#beforeKbps;
      this.#lowered(nowMs, true);
    }
  }

  #lowered(nowMs: number, failed: boolean): void {
    this.#settleUntilMs = nowMs + SETTLE_MS;
    this.#triedMs = nowMs;
    this.#holdMs = failed && !this.#guessing ? Math.min(MAX_HOLD_MS, this.#holdMs * 2) : FIRST_HOLD_MS;
    this.#guessing = false;
    this.#raisedMs = Number.NEGATIVE_INFINITY;
    this.#raised = undefined;
  }

  #growthMs(nowMs: number, overMs: number): number {
    const since = this.#samples.filter(({ atMs }) => nowMs - atMs <= overMs);
    return (since.at(-1)?.lagMs ?? 0) - (since[0]?.lagMs ?? 0);
  }

  #clean(nowMs: number, tiles: readonly BudgetTile[]): void {
    this.#busySinceMs = undefined;
    this.#piling = undefined;
    this.#cleanSinceMs ??= nowMs;
    if (this.#budgetKbps === undefined || this.#raised !== undefined) return;
    // What comes faster than it plays is what each tile begins with: a pile that was there from the start, so that no part
    // was prompter, and the link is full of it.
    const begunMs = this.#samples.find(({ bits }) => bits > 0)?.atMs ?? nowMs;
    if (this.#guessing && rateOf(this.#samples, begunMs, nowMs) > kbpsOf(tiles) * DRAINS)
      this.#cleanSinceMs = nowMs;
    const shares = allot(tiles, Math.min(this.#budgetKbps, this.#limitKbps));
    const wanting = byNeed(shares).filter(({ at, tile }) => at < tile.steps.length - 1);
    const drained = wanting.some((share) => sumOf(shares) + (costOf(share) ?? 0) <= this.#drainedKbps);
    if (nowMs - this.#cleanSinceMs < (drained ? DRAINED_HOLD_MS : this.#holdMs)) return;
    this.#cleanSinceMs = nowMs;
    if (wanting.length === 0) {
      if (nowMs - this.#raisedMs < PROBE_MS) return;
      this.#budgetKbps = undefined;
      return;
    }
    // More than it was seen to carry has come in time for so long: after a step up what was seen is out of date. Else it was
    // too little, as a pile that begins and ends makes it.
    const comesKbps = this.rateKbps(nowMs);
    if (nowMs - this.#raisedMs >= PROBE_MS && comesKbps > (this.#carriesKbps ?? Number.POSITIVE_INFINITY))
      this.#carriesKbps = Number.isFinite(this.#raisedMs) ? undefined : comesKbps;
    if (nowMs - this.#raisedMs >= PROBE_MS && !this.#guessing)
      this.#holdMs = Math.max(FIRST_HOLD_MS, this.#holdMs / 2);
    const [next] = wanting;
    const step = next?.tile.steps[next.at + 1];
    if (next === undefined || step === undefined) return;
    if (sumOf(shares) + (costOf(next) ?? 0) > this.#limitKbps) return;
    // Until the new rung takes over, the old one comes as well.
    const peakKbps = this.rateKbps(nowMs) + step.kbps;
    const beyond = peakKbps > (this.#carriesKbps ?? Number.POSITIVE_INFINITY) * KNOWN_SHARE;
    if (beyond && !drained && nowMs - this.#triedMs < (BEYOND_HOLD_MS * this.#holdMs) / FIRST_HOLD_MS) return;
    this.#triedMs = nowMs;
    this.#budgetKbps = sumOf(shares) + (costOf(next) ?? 0);
    this.#beforeKbps = sumOf(shares);
    this.#raised = { camera: next.tile.camera, kbps: step.kbps };
    this.#raisedMs = nowMs;
  }

  /** Anew only where something asks for it: measured rates differ a little each time. */
  #share(tiles: readonly BudgetTile[]): void {
    const linkKbps = this.#budgetKbps ?? Number.POSITIVE_INFINITY;
    const budgetKbps = Math.min(linkKbps, this.#limitKbps);
    const key = JSON.stringify([
      linkKbps,
      budgetKbps,
      focusOf(tiles)?.camera,
      tiles.map(({ camera, steps }) => [camera, ...steps.map(({ id }) => id)]),
    ]);
    if (key === this.#key) return;
    this.#key = key;
    if (budgetKbps === Number.POSITIVE_INFINITY) {
      this.#most = new Map();
      this.#smaller = 0;
      this.#tooThin = false;
      return;
    }
    const shares = allot(tiles, budgetKbps);
    const carriesKbps = this.#carriesKbps ?? Number.POSITIVE_INFINITY;
    this.#tooThin = sumOf(shares) > Math.max(linkKbps, carriesKbps);
    this.#most = new Map(
      shares.flatMap(({ tile, at }) => {
        const step = tile.steps[at];
        return step === undefined ? [] : [[tile.camera, step.id] as const];
      }),
    );
    this.#smaller = shares.filter(({ tile, at }) => at < tile.steps.length - 1).length;
  }
}

function rateOf(samples: readonly Sample[], fromMs: number, nowMs: number): number {
  const bits = samples.reduce((sum, sample) => (sample.atMs > fromMs ? sum + sample.bits : sum), 0);
  return nowMs > fromMs ? bits / (nowMs - fromMs) : 0;
}
