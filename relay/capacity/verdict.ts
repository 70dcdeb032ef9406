/**
 * Why a transcoder falls behind: it is at its end itself, or the host is, or the source is slow. Three findings with
 * three answers, so they must not be taken for each other: a smaller picture does not help a slow camera. Pure.
 */

/** A transcoder over the last seconds. */
export interface Reading {
  /** Media time that came from the source, per time: 1 is a camera in step. */
  readonly arrival: number;
  /** Media time that was made of it, per time. */
  readonly speed: number;
  /** In cores; undefined where the system does not tell. */
  readonly cores: number | undefined;
  readonly busiest: number | undefined;
  /** Share of the host's cores that was idle, 0 to 1. */
  readonly idle: number;
}

export type Finding =
  | 'fine'
  /** It has all a thread can give. */
  | 'process-full'
  | 'host-full'
  /** Nothing is to be had from doing less. */
  | 'source-slow'
  /** Behind, with nothing that says why: stopped, or waiting for a disk. Not for capacity to mend. */
  | 'unexplained';

export interface Verdict {
  readonly finding: Finding;
  /** Share of the pictures that it manages, 0 to 1. */
  readonly manages: number;
}

/** Below this it falls behind; a window of seconds cuts a picture or two off. */
const BEHIND = 0.97;
/** A camera's clock may be slow by a little; a link that loses a tenth of the media is not a clock. */
const SLOW_ARRIVAL = 0.9;
const FULL_THREAD = 0.85;
/** With more of the host idle than this, it is not the host. */
const BUSY_BELOW_IDLE = 0.1;
/** A program that works this much while it is behind works in turns: one thread waits for the other. */
const WORKING_CORES = 0.5;

export function judge({ arrival, speed, cores, busiest, idle }: Reading): Verdict {
  // What comes faster than it is played is a backlog being worked off; only the camera's own pace must be kept.
  const due = Math.min(1, arrival);
  const manages = due <= 0 ? 1 : Math.min(1, speed / due);
  if (manages >= BEHIND) return { finding: arrival < SLOW_ARRIVAL ? 'source-slow' : 'fine', manages };
  const finding = (): Finding => {
    if (busiest !== undefined && busiest >= FULL_THREAD) return 'process-full';
    if (idle < BUSY_BELOW_IDLE) return 'host-full';
    // One that leaves pictures out rests up to the next keyframe: for all of them its thread would be full.
    const forAll = (busiest ?? 0) / manages;
    return cores === undefined || cores >= WORKING_CORES || forAll >= FULL_THREAD
      ? 'process-full'
      : 'unexplained';
  };
  return { finding: finding(), manages };
}

/**
 * A busy moment passes. Longer than one skip to the next keyframe is seen in the figures, which cover some seconds: at 5 s
 * two skips in a row took half the rate from a transcoder that made 24 of 25 pictures for the rest of the minute.
 */
const LASTS_MS = 10_000;
/** Who makes so few of them on a full host shows stills already, of what is over: no moment that is worth waiting for. */
const HARDLY_ANY = 0.3;
const HARDLY_LASTS_MS = 3_000;
/** After a start, or a change of ours: probing, the first group of pictures is caught up with, the window fills. */
export const SETTLE_MS = 8_000;

/** Judges one transcoder over time: says only what lasts. */
export class Judgement {
  #settledMs: number;
  #finding: Finding = 'fine';
  #sinceMs: number;

  /** @param nowMs monotonic; the transcoder starts */
  constructor(nowMs: number) {
    this.#settledMs = nowMs + SETTLE_MS;
    this.#sinceMs = nowMs;
  }

  /** Something was changed: what it does next says nothing. */
  excuse(nowMs: number): void {
    this.#settledMs = nowMs + SETTLE_MS;
    this.#finding = 'fine';
    this.#sinceMs = nowMs;
  }

  settling(nowMs: number): boolean {
    return nowMs < this.#settledMs;
  }

  /** @returns what has lasted; undefined while it is too early to say */
  sample(reading: Reading, nowMs: number): Verdict | undefined {
    if (this.settling(nowMs)) return undefined;
    const verdict = judge(reading);
    if (behind(verdict.finding) !== behind(this.#finding) || verdict.finding === 'fine')
      this.#sinceMs = nowMs;
    this.#finding = verdict.finding;
    if (verdict.finding === 'fine') return verdict;
    const starved = verdict.finding === 'host-full' && verdict.manages < HARDLY_ANY;
    const lastsMs = starved ? HARDLY_LASTS_MS : LASTS_MS;
    return nowMs - this.#sinceMs < lastsMs ? undefined : verdict;
  }
}

/** The reason may change from second to second while it stays behind. */
const behind = (finding: Finding): boolean => finding !== 'fine' && finding !== 'source-slow';
