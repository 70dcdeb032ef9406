/** What notifications say, and their ids. Pure. */
import { listWords, spanWords } from '../extension/camera-words.ts';
import type { FlapSummary } from './flap-limit.ts';
import type { Outage } from './missed-outages.ts';

export const GROUP_ID = 'freezes';
export const RELAY_ID = 'relay';
const CAMERA_PREFIX = 'freeze:';

export interface NotificationText {
  readonly id: string;
  readonly title: string;
  readonly message: string;
}

export function notificationId(camera: string): string {
  return `${CAMERA_PREFIX}${camera}`;
}

/** The camera that a notification is about; `undefined` for the group's and the relay's, `null` for one that is not ours. */
export function cameraOf(id: string): string | undefined | null {
  if (id === GROUP_ID || id === RELAY_ID) return undefined;
  return id.startsWith(CAMERA_PREFIX) ? id.slice(CAMERA_PREFIX.length) : null;
}

export interface DownCamera {
  readonly id: string;
  readonly name: string;
  readonly state: 'frozen' | 'offline';
  readonly reason: string;
}

export function wentDown({ id, name, state, reason }: DownCamera): NotificationText {
  return {
    id: notificationId(id),
    title: state === 'frozen' ? `${name}: picture frozen` : `${name} is offline`,
    message: reason === '' ? 'Lockstep is trying to bring it back.' : reason,
  };
}

export function recovered(id: string, name: string, state: string, downMs: number): NotificationText {
  return {
    id: notificationId(id),
    title: `${name} is back`,
    message: `It was ${state} for ${spanWords(downMs)}.`,
  };
}

export function groupDown(names: readonly string[]): NotificationText {
  return {
    id: GROUP_ID,
    title: `${names.length} cameras show no picture`,
    message: `${listWords(names)}. Lockstep is trying to bring them back.`,
  };
}

/** @param names those of the group that are still down */
export function groupChanged(names: readonly string[], back: readonly string[]): NotificationText {
  if (names.length === 0) {
    return {
      id: GROUP_ID,
      title: 'All cameras are back',
      message: `${listWords(back)} ${are(back)} live again.`,
    };
  }
  const still = `still without a picture: ${listWords(names)}.`;
  return {
    id: GROUP_ID,
    title: `${names.length} ${names.length === 1 ? 'camera shows' : 'cameras show'} no picture`,
    message: back.length === 0 ? capital(still) : `${listWords(back)} ${are(back)} back; ${still}`,
  };
}

/** Outages of one camera that came and went while nobody could be told. */
export function wasDown(
  outages: readonly (Outage & { readonly downMs: number })[],
): NotificationText | undefined {
  const last = outages.at(-1);
  if (last === undefined) return undefined;
  const downMs = outages.reduce((sum, outage) => sum + outage.downMs, 0);
  const often = outages.length === 1 ? '' : ` ${outages.length} times,`;
  const span = `${spanWords(downMs)}${outages.length === 1 ? '' : ' in all'}`;
  return {
    id: notificationId(last.camera),
    title:
      outages.length === 1
        ? `${last.name} was ${last.state} for ${span}`
        : `${last.name} was down${often} ${span}`,
    message: 'It is back. It happened while this browser had no connection to the relay.',
  };
}

/** @param cameras name and time without a picture of each */
export function severalWereDown(
  cameras: readonly { readonly name: string; readonly downMs: number }[],
): NotificationText {
  return {
    id: GROUP_ID,
    title: `${cameras.length} cameras had no picture for a while`,
    message: `${listWords(cameras.map(({ name, downMs }) => `${name} (${spanWords(downMs)})`))}. They are back. It happened while this browser had no connection to the relay.`,
  };
}

export function keepsFailing(
  id: string,
  name: string,
  { count, spanMs, nextMs }: FlapSummary,
): NotificationText {
  const often = `${count} ${count === 1 ? 'interruption' : 'interruptions'} in the last ${spanWords(spanMs)}`;
  return {
    id,
    title: `${name} keeps failing`,
    message: `${often}. You hear of it again in ${spanWords(nextMs)} at the soonest, or when it stays down.`,
  };
}

export function severalKeepFailing(names: readonly string[]): NotificationText {
  return {
    id: GROUP_ID,
    title: `${names.length} cameras keep failing`,
    message: `${listWords(names)}. The wall shows each one's state.`,
  };
}

export interface LostRelay {
  readonly name: string;
  readonly reason: string;
  /** The relay answers, but not to this browser or this version. */
  readonly refused: boolean;
}

export function relayLost({ name, reason, refused }: LostRelay): NotificationText {
  return {
    id: RELAY_ID,
    title: refused ? `The relay ${name} refused this browser` : `The relay ${name} cannot be reached`,
    message: `${reason} You get no notice of its cameras until it is back.`.trim(),
  };
}

export function relayBack(name: string, lostMs: number): NotificationText {
  return {
    id: RELAY_ID,
    title: `The relay ${name} is back`,
    message: `It was away for ${spanWords(lostMs)}.`,
  };
}

function are(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are';
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
