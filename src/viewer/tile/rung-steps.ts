/** The rungs that a tile could go down to when the link carries less than it would like. Pure. */
import { chooseRung, type RungSigns, type RungSize } from './rung-choice.ts';

export interface RungStep {
  readonly id: string;
  readonly kbps: number;
  /** The relay would have to begin to make it. */
  readonly wakes?: true;
}

/** By rate, smallest first; the last is what it would like. Keyframes alone are no step, and a larger rate for a smaller picture is none. */
export function rungSteps(signs: RungSigns): RungStep[] {
  const { rungs, playable } = signs;
  const wish = chooseRung(signs);
  const wanted = rungs.find(({ id }) => id === wish);
  if (wanted === undefined) return [];
  const smaller = rungs.filter(
    (rung) =>
      rung.height < wanted.height &&
      kbpsOf(rung) < kbpsOf(wanted) &&
      rung.pictures !== 'keyframes' &&
      (playable?.(rung).supported ?? true),
  );
  const steps: RungStep[] = [];
  for (const rung of smaller.toSorted((a, b) => a.height - b.height || kbpsOf(a) - kbpsOf(b))) {
    if (kbpsOf(rung) > (steps.at(-1)?.kbps ?? 0)) steps.push(toStep(rung));
  }
  return [...steps, toStep(wanted)];
}

function toStep(rung: RungSize): RungStep {
  const wakes = rung.origin === 'transcode' && rung.asleep === true;
  return { id: rung.id, kbps: kbpsOf(rung), ...(wakes ? { wakes } : {}) };
}

/** Those that take no more of the link than this one; all while it is not known. */
export function affordable(rungs: readonly RungSize[], most: string | undefined): readonly RungSize[] {
  const bound = rungs.find(({ id }) => id === most);
  return bound === undefined ? rungs : rungs.filter((rung) => kbpsOf(rung) <= kbpsOf(bound));
}

function kbpsOf({ bitrateKbps = 0 }: RungSize): number {
  return bitrateKbps;
}
