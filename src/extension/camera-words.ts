/** The words for cameras' states that popup, wall, notifications and badge share. */
import { plural, text } from '../texts/text.ts';
import type { CameraStateName } from '../wire/protocol.ts';

export interface StateWord {
  /** One or two words, as on a tile. */
  readonly word: string;
  readonly tone: Tone;
}
/** Colour group; never the only carrier of the meaning. */
export type Tone = 'good' | 'wait' | 'warn' | 'bad';

export const CAMERA_STATE_WORDS: Readonly<Record<CameraStateName, StateWord>> = {
  starting: { word: text('stateStarting'), tone: 'wait' },
  live: { word: text('stateLive'), tone: 'good' },
  degraded: { word: text('stateDegraded'), tone: 'warn' },
  frozen: { word: text('stateFrozen'), tone: 'bad' },
  offline: { word: text('stateOffline'), tone: 'bad' },
};

/** Whether the camera shows nothing new: the states that the badge counts and that raise a notification. */
export function isDown(state: CameraStateName): state is 'frozen' | 'offline' {
  return state === 'frozen' || state === 'offline';
}

/** A span as people say it: `4 s`, `3 min`, `2 h 5 min`, `3 days`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return plural('days', Math.floor(hours / 24));
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `A`, `A and B`, `A, B and C`, `A, B, C and 4 more`. */
export function listWords(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), text('listMore', names.length - 3)] : names;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : text('listAnd', shown.slice(0, -1).join(', '), last);
}
