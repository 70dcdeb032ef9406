/** Traces of what a link carried over time, as files in rig/traces: a line for each change, comments behind `#`. */
import { readFileSync } from 'node:fs';
import type { LinkDirection, LinkStep } from './link-queue.ts';
import { inProject } from './root.ts';

/** The rate of a link that replays this trace again and again. */
export function traceLink(name: string): Required<Pick<LinkDirection, 'steps' | 'stepsEveryMs'>> {
  const file = `rig/traces/${name}.txt`;
  return parseTrace(readFileSync(inProject(file), 'utf8'), file);
}

/**
 * @param text lines of ms since the start, from 0 on, and kbit/s; the last step lasts as long as the one before it
 * @throws Error that names file and line
 */
export function parseTrace(
  text: string,
  file: string,
): Required<Pick<LinkDirection, 'steps' | 'stepsEveryMs'>> {
  const steps: LinkStep[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [said = ''] = line.split('#');
    if (said.trim() === '') continue;
    const [fromMs = Number.NaN, rateKbps = Number.NaN, ...more] = said.trim().split(/\s+/).map(Number);
    const before = steps.at(-1)?.fromMs;
    const follows = before === undefined ? fromMs === 0 : fromMs > before;
    if (!follows || !(rateKbps > 0) || more.length > 0) {
      throw new Error(
        `${file}, line ${index + 1}: "${line}". Write ms since the start, the first 0 and each later than the one before, and kbit/s above 0, as in "2000 1500".`,
      );
    }
    steps.push({ fromMs, rateKbps });
  }
  const [last, before] = [steps.at(-1), steps.at(-2)];
  if (last === undefined || before === undefined) throw new Error(`${file} has fewer than two steps.`);
  return { steps, stepsEveryMs: 2 * last.fromMs - before.fromMs };
}
