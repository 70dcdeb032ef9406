/**
 * Which latency the whole wall has: one target, found from how late parts come, up at once (before the stall, not after
 * it) and down slowly. A mode is a name for a range of it: chosen by hand it bounds the target, in Auto nothing does.
 * Also says which tiles go on alone, since the wall would have to wait for them, and why it is as it is. Pure.
 */
import { type EffectiveMode, MODE_ORDER, MODE_TABLE, type Mode } from '../../wire/modes.ts';
import { CalmTarget } from './calm-target.ts';
import { choiceWords, fixedWords, type LatencyReason, reasonWords } from './latency-words.ts';
import { LoneTiles } from './lone-tiles.ts';
import { Outages } from './outages.ts';
import { StallPattern } from './stall-pattern.ts';
import { needMs, outlies, spareTiles, type TileSigns, wallNeedMs } from './wall-need.ts';

export interface LatencySigns {
  /** Monotonic. */
  readonly nowMs: number;
  readonly tiles: readonly TileSigns[];
  /** Round trip to the relay; undefined before the first pong. */
  readonly rttMs: number | undefined;
  /** `effectiveType` of the browser's Network Information API; undefined where there is none. */
  readonly network: string | undefined;
  /** The share of the media that the link carries while they pile up on the way, by the link's budget. */
  readonly piling?: number | undefined;
  /** This computer is full (host-pace.ts): what is late is late for that. */
  readonly full?: boolean | undefined;
  /** How much later than the wall all tiles show that tell of the link: their media are here, and not decoded yet. */
  readonly behindMs?: number | undefined;
}

export interface Decision {
  /** Monotonic. */
  readonly atMs: number;
  readonly mode: EffectiveMode;
  readonly targetMs: number;
  readonly why: string;
}

/** Until the link proves calm: a bad one shows itself within seconds, and not by a stall. */
const START_MS = MODE_TABLE['ultra-low'].startMs;
/** The least in Auto. Parts of a LAN would allow 0.16 s, which leaves nothing for a moment in which this computer is busy. */
const LEAST_MS = 200;
const STEP_MS = 10;
/** After a raise; doubled when it is needed again soon after going down. */
const FIRST_HOLD_MS = 60_000;
const MAX_HOLD_MS = 600_000;
const RELAPSE_MS = 60_000;
/** What was only a guess, of a start or of a link that was too thin, is held for less. */
const GUESS_HOLD_MS = 10_000;
/** Down by at most a frame, or a part of a long way: tiles follow by their rate, and nobody sees it. */
const FALL_EVERY_MS = 1_000;
const FALL_MS = 23;
const FALL_SHARE = 0.04;
/** A mode is entered again only when the target is clearly inside it. */
const CLEARLY = 0.9;
/** Of the last seconds' media; below it parts are late because they pile up, and more delay would only pile up more. */
const THIN = 0.9;
/** An outage is covered with something to spare, and in Stable media are taken in twice a second. */
const OUTAGE_SPARE = 1.1;
const STABLE_PIECE_MS = 500;
const STALL_STEP = 1.5;
/** On a computer that is full all tiles are late by this: to hurry after the wall would take what they lack. */
const BEHIND_MS = 100;
const NETWORK_MS: Readonly<Record<string, number>> = { 'slow-2g': 3000, '2g': 3000, '3g': 1000 };
const FAR_RTT_MS = 100;
const RAISED: ReadonlySet<LatencyReason['kind']> = new Set(['late', 'stalls', 'outages', 'held', 'falling']);
const KEPT_DECISIONS = 8;
/** Decisions of one cause that come so close together are one. */
const ONE_DECISION_MS = 5_000;

interface Wanted {
  readonly ms: number;
  readonly reason: LatencyReason;
}

export class LatencyPolicy {
  readonly #outages = new Outages();
  readonly #stalls = new StallPattern();
  readonly #lone = new LoneTiles();
  readonly #calm = new CalmTarget();
  #chosen: Mode = 'auto';
  #mode: EffectiveMode = 'ultra-low';
  #fixed = false;
  #minMs = LEAST_MS;
  #maxMs = MODE_TABLE.stable.maxMs;
  #targetMs = START_MS;
  /** What the link asks for, whatever the mode allows; undefined before it was measured. */
  #wantedMs: number | undefined;
  #reason: LatencyReason = { kind: 'start' };
  #holdMs = FIRST_HOLD_MS;
  #heldUntilMs: number | undefined;
  #fellMs = Number.NEGATIVE_INFINITY;
  /** The target before it went down, since the last raise: it is known to have been enough. */
  #beforeMs: number | undefined;
  #decisions: readonly Decision[] = [];
  #decidedKind = '';

  get mode(): EffectiveMode {
    return this.#mode;
  }

  get targetMs(): number {
    return this.#targetMs;
  }

  get why(): string {
    if (this.#chosen === 'auto') return reasonWords(this.#reason);
    const askedMs = Math.max(0, this.#wantedMs ?? 0);
    const shortMs = askedMs > this.#maxMs + STEP_MS ? askedMs : 0;
    if (this.#fixed) return fixedWords(shortMs);
    return choiceWords(this.#mode, this.#targetMs > this.#minMs ? this.#reason : undefined, shortMs);
  }

  /** Newest last; the same array until there is another one. */
  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  /** Times in the last minutes that the link brought nothing. */
  get outages(): number {
    return this.#outages.lately;
  }

  /** Tiles that the wall does not wait for, and what each has instead of the wall's target. */
  get alone(): ReadonlyMap<string, number> {
    return this.#lone.targetsMs;
  }

  /**
   * The user chose. What was measured of the link stays known.
   * @param targetMs clamped to the mode's range and then kept; ignored for Auto
   */
  choose(mode: Mode, nowMs: number, targetMs?: number): void {
    this.#chosen = mode;
    this.#stalls.reset();
    this.#beforeMs = undefined;
    this.#heldUntilMs = undefined;
    this.#holdMs = FIRST_HOLD_MS;
    if (mode === 'auto') {
      this.#fixed = false;
      this.#minMs = LEAST_MS;
      this.#maxMs = MODE_TABLE.stable.maxMs;
      this.#targetMs = this.#clamp(Math.max(START_MS, this.#wantedMs ?? 0));
      this.#reason = { kind: 'start' };
    } else {
      const { minMs, maxMs, startMs } = MODE_TABLE[mode];
      this.#mode = mode;
      this.#fixed = targetMs !== undefined;
      this.#minMs = Math.min(maxMs, Math.max(minMs, targetMs ?? startMs));
      this.#maxMs = this.#fixed ? this.#minMs : maxMs;
      this.#targetMs = this.#minMs;
    }
    this.#nameMode();
    this.#decide(nowMs, `${mode} chosen`);
  }

  /** The page comes back, or the network is another one: outages and stalls of before tell nothing. */
  forget(): void {
    this.#outages.reset();
    this.#stalls.reset();
    this.#holdMs = FIRST_HOLD_MS;
    this.#heldUntilMs = undefined;
  }

  /** Call it a few times a second while the page is seen. True when mode or target changed. */
  step(signs: LatencySigns): boolean {
    const { nowMs } = signs;
    const tiles = signs.tiles.filter(({ tells }) => tells);
    const before = this.#targetMs;
    const mode = this.#mode;
    const full = signs.full === true;
    this.#outages.step(nowMs, tiles, full);
    const asked = this.#asked(tiles, full);
    const calmMs = this.#calm.step(full, nowMs, this.#targetMs);
    if (calmMs !== undefined) this.#hasRoom(Math.max(calmMs, asked?.ms ?? 0), nowMs);
    const thin = full ? undefined : (signs.piling ?? this.#thin(tiles));
    const first = asked !== undefined && this.#wantedMs === undefined;
    const ran = this.#ranOut(nowMs, tiles, asked?.ms ?? START_MS, full);
    if (asked !== undefined) {
      this.#heldUntilMs ??= nowMs + GUESS_HOLD_MS;
      this.#wantedMs = asked.ms;
    }
    const shown = full ? this.#shownLate(signs.behindMs) : undefined;
    const wanted = most([asked, ran, shown]);
    if (wanted === undefined) this.#guess(signs);
    else if (thin !== undefined && wanted.ms > this.#targetMs) this.#pileUp(thin, nowMs);
    else if (wanted.ms > this.#targetMs + STEP_MS) this.#raise(wanted, nowMs);
    else this.#settle(wanted, nowMs);
    if (first && this.#decisions.at(-1)?.atMs !== nowMs) this.#decide(nowMs, 'found');
    if (this.#nameMode()) this.#decide(nowMs, `${this.#mode} entered`);
    // While media pile up they come late by turns: which tile is latest then says nothing of that tile.
    if (thin === undefined)
      this.#lone.step(nowMs, { targetMs: this.#targetMs, askedMs: this.#wantedMs ?? 0 }, signs.tiles);
    return before !== this.#targetMs || mode !== this.#mode;
  }

  /** What a full computer asked for was never the link's: when it is over, back to before in one step. */
  #hasRoom(enoughMs: number, nowMs: number): void {
    const targetMs = Math.min(this.#targetMs, this.#clamp(enoughMs));
    this.#stalls.reset();
    this.#holdMs = FIRST_HOLD_MS;
    this.#heldUntilMs = undefined;
    this.#beforeMs = undefined;
    if (targetMs === this.#targetMs) return;
    this.#targetMs = targetMs;
    this.#reason = { kind: 'room' };
    this.#decide(nowMs, 'room');
  }

  /** What the link asks for now; undefined before anything was measured. */
  #asked(tiles: readonly TileSigns[], full: boolean): Wanted | undefined {
    const arrivals = tiles.flatMap(({ arrival }) => arrival ?? []);
    const baseMs = wallNeedMs(arrivals.map(needMs));
    if (baseMs === undefined) return undefined;
    const lateMs = Math.max(...arrivals.filter((own) => needMs(own) <= baseMs).map((own) => own.lateMs));
    const { pattern } = this.#outages;
    const coverMs = pattern === undefined ? 0 : pattern.longestMs * OUTAGE_SPARE + baseMs;
    const ms = Math.max(baseMs, coverMs);
    const reason: LatencyReason =
      pattern !== undefined && coverMs > baseMs
        ? { kind: 'outages', ...pattern }
        : { kind: 'late', lateMs, full };
    const pieceMs = ms > MODE_TABLE.balanced.maxMs - STABLE_PIECE_MS ? STABLE_PIECE_MS : 0;
    return { ms: Math.ceil((ms + pieceMs) / STEP_MS) * STEP_MS, reason };
  }

  /** Before anything was measured: what is known from elsewhere. */
  #guess({ nowMs, rttMs, network }: LatencySigns): void {
    if (this.#chosen !== 'auto' || this.#wantedMs !== undefined) return;
    const networkMs = rttMs === undefined ? NETWORK_MS[network ?? ''] : undefined;
    if (rttMs !== undefined && rttMs > FAR_RTT_MS) {
      this.#targetMs = this.#clamp(Math.round(2 * rttMs) + START_MS);
      this.#reason = { kind: 'far', rttMs };
    } else if (networkMs !== undefined) {
      this.#targetMs = networkMs;
      this.#reason = { kind: 'network', name: network ?? '' };
    } else {
      this.#targetMs = START_MS;
      this.#reason = { kind: 'start' };
    }
    if (this.#targetMs !== START_MS && this.#decidedKind !== this.#reason.kind)
      this.#decide(nowMs, this.#reason.kind);
  }

  /**
   * Pictures ran out again and again although parts came in time by the figures: this computer takes them in late. Below
   * where a wall begins, once is enough.
   */
  #ranOut(nowMs: number, tiles: readonly TileSigns[], askedMs: number, full: boolean): Wanted | undefined {
    const grouped = tiles.filter(({ camera }) => !this.alone.has(camera));
    const low = this.#targetMs < START_MS && grouped.some(({ lateStalls }) => lateStalls > 0);
    const pattern = this.#stalls.step(nowMs, grouped);
    if (low) return { ms: START_MS, reason: { kind: 'stalls', stalls: 1, withinMs: 0, full } };
    if (pattern === undefined) return undefined;
    const ms = Math.max(this.#targetMs * STALL_STEP, this.#beforeMs ?? 0);
    const few = !full && pattern.cameras.length + this.alone.size <= spareTiles(tiles.length);
    // A busy host makes any tile run out: up to here the wall waits rather than let one of its tiles out of step.
    if (few && ms > MODE_TABLE['ultra-low'].maxMs && outlies(ms, Math.max(askedMs, START_MS))) {
      for (const camera of pattern.cameras) this.#lone.leave(camera, ms);
      return undefined;
    }
    return { ms: Math.ceil(ms / STEP_MS) * STEP_MS, reason: { kind: 'stalls', ...pattern, full } };
  }

  /** This computer shows all pictures late: the wall waits for them, as far as it would in Ultra-Low. */
  #shownLate(behindMs = 0): Wanted | undefined {
    const lateMs = Math.min(this.#targetMs + behindMs, MODE_TABLE['ultra-low'].maxMs);
    if (behindMs < BEHIND_MS || lateMs <= this.#targetMs) return undefined;
    return { ms: Math.ceil(lateMs / STEP_MS) * STEP_MS, reason: { kind: 'late', lateMs, full: true } };
  }

  /** The share that the link carries, where it is too little for most tiles; undefined otherwise. */
  #thin(tiles: readonly TileSigns[]): number | undefined {
    const known = tiles.flatMap(({ arrival }) => arrival ?? []);
    const piling = known.filter(({ carried, steady }) => !steady || carried < THIN);
    if (this.#outages.running || piling.length === 0 || 2 * piling.length < known.length) return undefined;
    return Math.min(1, ...piling.map(({ carried }) => carried));
  }

  /** Parts pile up: smaller rungs help, and no latency does. At 3 s tiles stood as often as at 0.6 s, three times as far apart. */
  #pileUp(carried: number, nowMs: number): void {
    // It may be a pile, or a way that became longer: a second tells.
    if (carried >= 1) return;
    this.#reason = { kind: 'thin', carried };
    this.#heldUntilMs = nowMs + GUESS_HOLD_MS;
    this.#decide(nowMs, 'thin');
  }

  #raise({ ms, reason }: Wanted, nowMs: number): void {
    this.#reason = reason;
    const soon = nowMs - this.#fellMs < RELAPSE_MS || this.#targetMs < START_MS;
    const relapse = this.#beforeMs !== undefined && soon;
    this.#holdMs = relapse ? Math.min(MAX_HOLD_MS, this.#holdMs * 2) : FIRST_HOLD_MS;
    this.#heldUntilMs = nowMs + this.#holdMs;
    this.#beforeMs = undefined;
    const targetMs = this.#clamp(ms);
    if (targetMs === this.#targetMs) return;
    this.#calm.raised(nowMs, this.#targetMs);
    this.#stalls.answered(nowMs);
    this.#targetMs = targetMs;
    this.#decide(nowMs, reason.kind);
  }

  /** Enough: stays, or goes down. */
  #settle({ ms, reason }: Wanted, nowMs: number): void {
    const wantedMs = this.#clamp(ms);
    const heldMs = (this.#heldUntilMs ?? nowMs) - nowMs;
    const lateMs = reason.kind === 'late' ? reason.lateMs : undefined;
    if (this.#targetMs - wantedMs <= STEP_MS || lateMs === undefined) {
      this.#reason = reason;
      if (this.#decidedKind === 'falling') this.#decide(nowMs, 'fallen');
    } else if (heldMs > 0 || this.#outages.running) {
      // What it began with stands until there is something better to say.
      if (this.#calm.waiting) this.#reason = reason;
      else if (RAISED.has(this.#reason.kind)) this.#reason = { kind: 'held', lateMs, heldMs };
    } else {
      this.#reason = { kind: 'falling', lateMs };
      if (nowMs - this.#fellMs < FALL_EVERY_MS) return;
      if (this.#decidedKind !== 'falling') this.#decide(nowMs, 'falling');
      this.#beforeMs ??= this.#targetMs;
      this.#fellMs = nowMs;
      const byMs = Math.max(FALL_MS, (this.#targetMs - wantedMs) * FALL_SHARE);
      const targetMs = Math.round(this.#targetMs - byMs);
      this.#targetMs = targetMs - wantedMs <= STEP_MS ? wantedMs : targetMs;
    }
  }

  /** True when the target has left the range that gave the mode its name. */
  #nameMode(): boolean {
    if (this.#chosen !== 'auto') return false;
    const before = this.#mode;
    const fits = (factor: number): EffectiveMode =>
      MODE_ORDER.find((mode) => this.#targetMs <= MODE_TABLE[mode].maxMs * factor) ?? 'stable';
    const at = (mode: EffectiveMode): number => MODE_ORDER.indexOf(mode);
    if (at(fits(1)) > at(before)) this.#mode = fits(1);
    else if (at(fits(CLEARLY)) < at(before)) this.#mode = fits(CLEARLY);
    return before !== this.#mode;
  }

  #decide(nowMs: number, kind: string): void {
    const { mode, targetMs, why } = this;
    const last = this.#decisions.at(-1);
    const near = last !== undefined && nowMs - last.atMs < ONE_DECISION_MS;
    const again = kind === this.#decidedKind && (kind === 'thin' || near);
    // A target, and the mode that it is in.
    const same = again || last?.atMs === nowMs;
    this.#decidedKind = kind;
    // Told already: as long as a link is too thin this is asked four times a second.
    if (same && last?.why === why && last.targetMs === targetMs && last.mode === mode) return;
    const kept = same ? this.#decisions.slice(0, -1) : this.#decisions;
    this.#decisions = [...kept, { atMs: nowMs, mode, targetMs, why }].slice(-KEPT_DECISIONS);
  }

  #clamp(ms: number): number {
    return Math.min(this.#maxMs, Math.max(this.#minMs, ms));
  }
}

/** The first of the largest; undefined where nothing is wanted. */
function most(wanted: readonly (Wanted | undefined)[]): Wanted | undefined {
  const known = wanted.filter((each) => each !== undefined);
  const ms = Math.max(...known.map((each) => each.ms));
  return known.find((each) => each.ms === ms);
}
