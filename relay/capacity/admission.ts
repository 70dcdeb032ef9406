/** How much of what is asked for a transcoder may do, with the words for it. Pure. */
import { keyframesWords, lessThanAskedWords } from './words.ts';
import { KEYFRAMES_LEVEL, reduce, type Work } from './work.ts';

export type Admission =
  | {
      readonly kind: 'full' | 'reduced' | 'keyframes';
      /** What to do. */
      readonly work: Work;
      /** What is less than asked for and why, for users; undefined when nothing is that they would notice. */
      readonly words: string | undefined;
    }
  | { readonly kind: 'refused'; readonly words: string };

/**
 * @param level row of the ladder in work.ts
 * @param manages share of the pictures that this host can decode, 0 to 1
 * @param alone it could do all that is asked for, if nothing else ran on it
 */
export function admission(asked: Work, level: number, manages: number, alone: boolean): Admission {
  const work = reduce(asked, level);
  if (level === 0) return { kind: 'full', work, words: undefined };
  if (level < KEYFRAMES_LEVEL) return { kind: 'reduced', work, words: lessThanAskedWords(asked, work) };
  return { kind: 'keyframes', work, words: keyframesWords(asked.source, manages, alone) };
}
