/**
 * Who may do how much on this host: before it is tried, by what it costs; while it runs, by what is lacking. Pure.
 * One step, as large as the deficit, never a small one; and no camera is touched for another that this cannot help.
 */
import type { Cost, CostModel } from './cost.ts';
import type { Verdict } from './verdict.ts';
import { KEYFRAMES_LEVEL, reduce, type Work } from './work.ts';

export interface HostRoom {
  readonly cores: number;
  /** Of them, what is kept for a viewer on this host, and for what else runs on it. */
  readonly kept: number;
}

/** A transcoder that is awake. */
export interface Booking {
  readonly id: string;
  readonly asked: Work;
  /** How much less than asked it does: row of work.ts. */
  readonly level: number;
  /** What it takes, measured where it is known. */
  readonly cost: Cost;
  /** Share of the pictures that it manages, 0 to 1. */
  readonly manages: number;
}

/** The rest is for the relay, the system, and what the estimates miss. */
const USABLE_SHARE = 0.85;
/** A picture now and then costs little, and is worth more to who watches than the reserve. */
const KEYFRAMES_SHARE = 0.95;
/** Of a thread: above this a busy scene puts it behind. */
const FULL_THREAD = 0.9;
/**
 * A transcoder that makes so many of its pictures, and leaves out the rest of a group now and then, shows more than
 * keyframes alone: of a group of 2 s it moves for 1.4.
 */
const MOSTLY = 0.7;
/** Who makes so many leaves out a picture in ten at most: half the rate would be seen more. */
const NEARLY_ALL = 0.9;
/** The table may be wrong by this factor: what was never measured here is tried, where the host has room for that. */
const TABLE_SLACK = 1.5;
/** What saves less is not worth a change that people may see. */
const LEAST_SAVING = 0.1;
/** Beyond the deficit, so that it is caught up with. */
const MARGIN = 0.95;

/** Cores left for one more, beside these. Negative when they take too much already. */
export function coresLeft(
  { cores, kept }: HostRoom,
  others: readonly Booking[],
  share = USABLE_SHARE,
): number {
  return cores * share - kept - others.reduce((sum, { cost }) => sum + cost.cores, 0);
}

/**
 * @param from do at least so much less: it was too much a moment ago
 * @param slack by how much the estimates may be too high: 1 believes them
 * @param mostly it will do if most of its pictures can be made
 * @returns the most that fits, as a level; undefined when not even keyframes do
 */
export function fittingLevel(
  model: CostModel,
  asked: Work,
  host: HostRoom,
  others: readonly Booking[],
  { from = 0, slack = 1, mostly = false } = {},
): number | undefined {
  const levels = Array.from({ length: KEYFRAMES_LEVEL - from }, (_, index) => from + index);
  const left = coresLeft(host, others);
  const fits = (level: number): boolean => {
    const work = reduce(asked, level);
    const { cores, thread } = model.estimate(work);
    // A guess must not fill the host; its own thread is all that it can hurt.
    const [ofHost, ofThread] = model.knows(work) ? [slack, slack] : [1, TABLE_SLACK];
    return cores <= left * ofHost && thread <= FULL_THREAD * ofThread;
  };
  const mostlyFits = (level: number): boolean => {
    const { cores, thread } = model.estimate(reduce(asked, level));
    return cores * MOSTLY <= left && thread * MOSTLY <= FULL_THREAD;
  };
  const best = levels.find(fits) ?? (mostly ? levels.find(mostlyFits) : undefined);
  if (best !== undefined) return best;
  const { cores } = model.estimate(reduce(asked, KEYFRAMES_LEVEL));
  return cores <= coresLeft({ ...host, kept: 0 }, others, KEYFRAMES_SHARE) ? KEYFRAMES_LEVEL : undefined;
}

/** The host could do all of it, if nothing else ran there: where it cannot, it is not the stream that is too large. */
export function fitsAlone(model: CostModel, asked: Work, cores: number): boolean {
  return fittingLevel(model, asked, { cores, kept: 0 }, []) === 0;
}

export interface Step {
  readonly id: string;
  readonly level: number;
}

/**
 * @param late the transcoder that falls behind
 * @param all every transcoder that is awake, `late` with them
 * @returns who does with how much less; empty when nothing would help
 */
export function relief(
  model: CostModel,
  late: Booking,
  { finding }: Verdict,
  all: readonly Booking[],
): readonly Step[] {
  if ((finding !== 'process-full' && finding !== 'host-full') || late.manages >= NEARLY_ALL) return [];
  // A thread that would need more than a core is not helped by the host's room.
  if (finding === 'process-full' || late.cost.thread > 1) return stepAlone(model, late);
  const lacking = all.reduce((sum, { cost, manages }) => sum + cost.cores * (1 - manages), 0) / MARGIN;
  const { steps, left } = shareLack(model, lacking, all);
  if (left <= 0) return steps;
  const far = onlyKeyframes(all);
  if (far.length > 0) return far;
  // Nobody who keeps up gives for what that would not mend.
  const keepUp = new Set(all.filter(({ manages }) => manages >= NEARLY_ALL).map(({ id }) => id));
  return steps.filter(({ id }) => !keepUp.has(id));
}

/**
 * There is no helping all of them; the costliest of those that are far behind gives way, and nobody else is touched.
 * Who is a little behind leaves pictures out up to the next keyframe, now and then.
 */
function onlyKeyframes(all: readonly Booking[]): readonly Step[] {
  return all
    .filter(({ manages, level }) => manages < MOSTLY && level < KEYFRAMES_LEVEL)
    .sort((a, b) => b.cost.cores - a.cost.cores)
    .slice(0, 1)
    .map(({ id }) => ({ id, level: KEYFRAMES_LEVEL }));
}

/** The first level at which its thread has enough; far behind, there is always keyframes. */
function stepAlone(model: CostModel, late: Booking): readonly Step[] {
  const level = levelsBelow(late).find((lower) => {
    const thread = ratio(model, late, lower, ({ thread: of }) => of);
    return saves(model, late, lower) && thread <= late.manages * MARGIN;
  });
  if (level !== undefined) return [{ id: late.id, level }];
  return onlyKeyframes([late]);
}

/** The costliest first, and as little as suffices; `left` is what all of them together cannot. Keyframes are no part. */
function shareLack(
  model: CostModel,
  lacking: number,
  all: readonly Booking[],
): { readonly steps: readonly Step[]; readonly left: number } {
  const steps: Step[] = [];
  let left = lacking;
  for (const booking of [...all].sort((a, b) => b.cost.cores - a.cost.cores)) {
    if (left <= 0) break;
    const useful = levelsBelow(booking).filter(
      (level) => level < KEYFRAMES_LEVEL && saves(model, booking, level),
    );
    const most = Math.max(0, ...useful.map((level) => saved(model, booking, level)));
    const level = useful.find((lower) => saved(model, booking, lower) >= Math.min(left, most * NEARLY_ALL));
    if (level === undefined) continue;
    steps.push({ id: booking.id, level });
    left -= saved(model, booking, level);
  }
  return { steps, left };
}

const levelsBelow = ({ level }: Booking): readonly number[] =>
  Array.from({ length: KEYFRAMES_LEVEL - level }, (_, index) => level + 1 + index);

const saves = (model: CostModel, booking: Booking, level: number): boolean =>
  ratio(model, booking, level, ({ cores }) => cores) <= 1 - LEAST_SAVING;

const saved = (model: CostModel, booking: Booking, level: number): number =>
  booking.cost.cores * (1 - ratio(model, booking, level, ({ cores }) => cores));

/** What a level takes against what is done now: of the table, whose mistakes cancel out. */
function ratio(
  model: CostModel,
  { asked, level: now }: Booking,
  level: number,
  part: (cost: Cost) => number,
): number {
  const before = part(model.table(reduce(asked, now)));
  return before <= 0 ? 1 : part(model.table(reduce(asked, level))) / before;
}
