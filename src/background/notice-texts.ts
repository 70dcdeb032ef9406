/** What notifications say, and their ids. Pure. */

import { listWords, spanWords } from '../extension/camera-words.ts';
import { plural, text } from '../texts/text.ts';
import { cameraKey } from '../wire/camera-key.ts';
import type { FlapSummary } from './flap-limit.ts';
import type { Outage } from './missed-outages.ts';

export const GROUP_ID = 'freezes';
export const RELAY_ID = 'relay';
const CAMERA_PREFIX = 'freeze:';
/** No camera's id holds it. */
const OF_RELAY = '@';

export interface NotificationText {
  readonly id: string;
  readonly title: string;
  readonly message: string;
}

export function notificationId(camera: string): string {
  return `${CAMERA_PREFIX}${camera}`;
}

/** What the browser knows a notification by: each relay has its own. */
export function desktopId(relay: string, id: string): string {
  return relay === '' ? id : `${id}${OF_RELAY}${relay}`;
}

/** Key of the camera that it is about; `undefined` for a group's and a relay's, `null` for one that is not ours. */
export function shownBy(desktop: string): string | undefined | null {
  const [id = '', relay = ''] = desktop.split(OF_RELAY);
  if (id === GROUP_ID || id === RELAY_ID) return undefined;
  return id.startsWith(CAMERA_PREFIX) ? cameraKey(relay, id.slice(CAMERA_PREFIX.length)) : null;
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
    title: state === 'frozen' ? text('noticeFrozen', name) : text('noticeOffline', name),
    message: reason === '' ? text('noticeTrying') : reason,
  };
}

export function recovered(id: string, name: string, state: string, downMs: number): NotificationText {
  return {
    id: notificationId(id),
    title: text('noticeBack', name),
    message: text(state === 'frozen' ? 'noticeWasFrozen' : 'noticeWasOffline', spanWords(downMs)),
  };
}

export function groupDown(names: readonly string[]): NotificationText {
  return {
    id: GROUP_ID,
    title: text('noticeGroupDown', names.length),
    message: text('noticeGroupTrying', listWords(names)),
  };
}

/** @param names those of the group that are still down */
export function groupChanged(names: readonly string[], back: readonly string[]): NotificationText {
  if (names.length === 0) {
    return {
      id: GROUP_ID,
      title: text('noticeAllBack'),
      message: plural('noticeLiveAgain', back.length, listWords(back)),
    };
  }
  return {
    id: GROUP_ID,
    title: plural('noticeStill', names.length),
    message:
      back.length === 0
        ? text('noticeStillWho', listWords(names))
        : plural('noticeSomeBack', back.length, listWords(back), listWords(names)),
  };
}

/** Outages of one camera that came and went while nobody could be told. */
export function wasDown(
  outages: readonly (Outage & { readonly downMs: number })[],
): NotificationText | undefined {
  const last = outages.at(-1);
  if (last === undefined) return undefined;
  const downMs = outages.reduce((sum, outage) => sum + outage.downMs, 0);
  const once = last.state === 'frozen' ? 'noticeOnceFrozen' : 'noticeOnceOffline';
  return {
    id: notificationId(last.camera),
    title:
      outages.length === 1
        ? text(once, last.name, spanWords(downMs))
        : text('noticeOften', last.name, outages.length, spanWords(downMs)),
    message: text('noticeMissed'),
  };
}

/** @param cameras name and time without a picture of each */
export function severalWereDown(
  cameras: readonly { readonly name: string; readonly downMs: number }[],
): NotificationText {
  return {
    id: GROUP_ID,
    title: text('noticeSeveral', cameras.length),
    message: text(
      'noticeSeveralMissed',
      listWords(cameras.map(({ name, downMs }) => `${name} (${spanWords(downMs)})`)),
    ),
  };
}

export function keepsFailing(
  id: string,
  name: string,
  { count, spanMs, nextMs }: FlapSummary,
): NotificationText {
  return {
    id,
    title: text('noticeKeeps', name),
    message: plural('noticeKeepsHow', count, spanWords(spanMs), spanWords(nextMs)),
  };
}

export function severalKeepFailing(names: readonly string[]): NotificationText {
  return {
    id: GROUP_ID,
    title: text('noticeSeveralKeep', names.length),
    message: text('noticeSeveralKeepWho', listWords(names)),
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
    title: refused ? text('noticeRelayRefused', name) : text('noticeRelayLost', name),
    message: `${reason} ${text('noticeRelaySilent')}`.trim(),
  };
}

export function relayBack(name: string, lostMs: number): NotificationText {
  return {
    id: RELAY_ID,
    title: text('noticeRelayBack', name),
    message: text('noticeRelayAway', spanWords(lostMs)),
  };
}
