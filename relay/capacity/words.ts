/** What the host can and cannot do, in the words that people read. Pure. */
import type { Finding } from './verdict.ts';
import { lessWords, type SourcePictures, type Work } from './work.ts';

const HELPS = '; a substream would help';

/**
 * @param manages share of the pictures that the host can decode, 0 to 1
 * @param alone it could decode all of them, if nothing else ran on it
 */
export function keyframesWords({ fps }: SourcePictures, manages: number, alone: boolean): string {
  const all = Math.round(fps);
  const some = Math.max(1, Math.min(all - 1, Math.round(fps * manages)));
  const words = `decodes about ${some} of ${all} pictures per second of this stream; shown are its keyframes only`;
  return alone ? `this host is full and ${words}` : `this host ${words}${HELPS}`;
}

export function lessThanAskedWords(asked: Work, now: Work): string | undefined {
  const words = lessWords(asked, now);
  return words === '' ? undefined : `this host is too slow: ${words}`;
}

export function refusedWords(needs: number, left: number, cores: number): string {
  return `this host has no room for another rung: it takes about ${needs.toFixed(1)} of ${cores} cores, ${Math.max(0, left).toFixed(1)} are left`;
}

const STANDS = '; now and then they stand still up to the next keyframe';

/**
 * @param arrival media time per time
 * @param alone as {@link keyframesWords} has it
 */
export function findingWords(finding: Finding, manages: number, arrival: number, alone: boolean): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  switch (finding) {
    case 'fine':
      return 'keeps up';
    case 'process-full':
      return `one core of this host makes ${percent(manages)} of these pictures in time${STANDS}${HELPS}`;
    case 'host-full':
      return `this host is full and makes ${percent(manages)} of these pictures in time${STANDS}${alone ? '' : HELPS}`;
    case 'source-slow':
      return `the source is slow: ${percent(arrival)} of its pictures come in time`;
    case 'unexplained':
      return `the transcoder manages ${percent(manages)} of the pictures although this host has room`;
  }
}
