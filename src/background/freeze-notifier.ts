/**
 * Decides what the user is told about cameras that stop and come back. Pure: showing, storing and waking are left
 * to notices.ts.
 *
 * One notification per camera, with a stable id, so that "is back" replaces "frozen". Cameras that go down within
 * {@link GROUP_WITHIN_MS} of each other share one. What was told is kept in {@link Notices}, so that a background
 * page that was killed in between neither repeats nor forgets. Nothing is said about a camera that only starts.
 */
import { isDown, listWords, spanWords } from '../extension/camera-words.ts';
import type { CameraStatus, Notices } from '../extension/status.ts';

/** One switch or power strip takes its cameras down within about this; a single camera must not wait longer. */
export const GROUP_WITHIN_MS = 800;

export const GROUP_ID = 'freezes';
const CAMERA_PREFIX = 'freeze:';

export interface NotificationText {
  readonly id: string;
  readonly title: string;
  readonly message: string;
}

export interface NoticePolicy {
  /** Whether this camera may raise a notification now: switched on, not muted, not in quiet hours. */
  allows(camera: string): boolean;
}

export interface NoticeStep {
  readonly notices: Notices;
  readonly show: readonly NotificationText[];
  readonly clear: readonly string[];
}

export function notificationId(camera: string): string {
  return `${CAMERA_PREFIX}${camera}`;
}

/** The camera that a notification is about; `undefined` for the group's, `null` for one that is not ours. */
export function cameraOf(id: string): string | undefined | null {
  if (id === GROUP_ID) return undefined;
  return id.startsWith(CAMERA_PREFIX) ? id.slice(CAMERA_PREFIX.length) : null;
}

/**
 * @param before what was told so far
 * @param cameras all cameras of the relay as they are now
 * @param nowMs ms since the Unix epoch
 */
export function stepNotices(
  before: Notices,
  cameras: readonly CameraStatus[],
  policy: NoticePolicy,
  nowMs: number,
): NoticeStep {
  const entries: Notices['cameras'] = {};
  const show: NotificationText[] = [];
  const clear: string[] = [];
  const backInGroup: string[] = [];
  let { dueMs } = before;

  for (const camera of cameras) {
    const notice = before.cameras[camera.id];
    if (isDown(camera.state)) {
      // Quiet hours and muting only hold a notice back; it comes when they end and the camera is still down.
      entries[camera.id] = notice ?? {
        name: camera.name,
        sinceMs: camera.sinceMs,
        state: camera.state,
        shown: 'held',
      };
      if ((notice === undefined || notice.shown === 'held') && policy.allows(camera.id)) {
        dueMs ??= nowMs + GROUP_WITHIN_MS;
      }
    } else if (notice !== undefined && camera.state === 'starting') {
      // On its way: neither news nor recovery.
      entries[camera.id] = notice;
    } else if (notice?.shown === 'own') {
      show.push(recovered(camera, notice, nowMs));
    } else if (notice?.shown === 'group') {
      backInGroup.push(camera.name);
    }
  }
  // Cameras that left the relay's configuration.
  for (const [id, notice] of Object.entries(before.cameras)) {
    if (!cameras.some((camera) => camera.id === id) && notice.shown === 'own') clear.push(notificationId(id));
  }

  if (dueMs !== undefined && nowMs >= dueMs) {
    dueMs = undefined;
    const news = Object.entries(entries).filter(([id, { shown }]) => shown === 'held' && policy.allows(id));
    for (const [id, notice] of news) entries[id] = { ...notice, shown: news.length > 1 ? 'group' : 'own' };
    const [only] = news;
    if (news.length > 1) show.push(groupDown(entries));
    else if (only !== undefined) show.push(wentDown(only[0], only[1], cameras));
  }
  if (backInGroup.length > 0 && !show.some(({ id }) => id === GROUP_ID)) {
    show.push(groupChanged(entries, backInGroup));
  }
  return { notices: { cameras: entries, ...(dueMs === undefined ? {} : { dueMs }) }, show, clear };
}

type Notice = Notices['cameras'][string];

function wentDown(id: string, notice: Notice, cameras: readonly CameraStatus[]): NotificationText {
  const reason = cameras.find((camera) => camera.id === id)?.reason ?? '';
  return {
    id: notificationId(id),
    title: notice.state === 'frozen' ? `${notice.name}: picture frozen` : `${notice.name} is offline`,
    message: reason === '' ? 'Lockstep is trying to bring it back.' : reason,
  };
}

function recovered(camera: CameraStatus, notice: Notice, nowMs: number): NotificationText {
  return {
    id: notificationId(camera.id),
    title: `${camera.name} is back`,
    message: `It was ${notice.state} for ${spanWords(nowMs - notice.sinceMs)}.`,
  };
}

function grouped(entries: Notices['cameras']): string[] {
  return Object.values(entries)
    .filter(({ shown }) => shown === 'group')
    .map(({ name }) => name);
}

function groupDown(entries: Notices['cameras']): NotificationText {
  const names = grouped(entries);
  return {
    id: GROUP_ID,
    title: `${names.length} cameras show no picture`,
    message: `${listWords(names)}. Lockstep is trying to bring them back.`,
  };
}

function groupChanged(entries: Notices['cameras'], back: readonly string[]): NotificationText {
  const names = grouped(entries);
  if (names.length === 0) {
    return {
      id: GROUP_ID,
      title: 'All cameras are back',
      message: `${listWords(back)} ${are(back)} live again.`,
    };
  }
  return {
    id: GROUP_ID,
    title: `${names.length} ${names.length === 1 ? 'camera shows' : 'cameras show'} no picture`,
    message: `${listWords(back)} ${are(back)} back; still without a picture: ${listWords(names)}.`,
  };
}

function are(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are';
}
