/**
 * Decides what the user is told about cameras that stop and come back, and about a relay that is lost. Pure: showing,
 * storing and waking are left to notices.ts, the words to notice-texts.ts.
 *
 * - One notification per camera, with a stable id, so that "is back" replaces "frozen". Cameras that go down within
 *   {@link GROUP_WITHIN_MS} of each other share one.
 * - A relay that is lost has one of its own (relay-notice.ts); its cameras keep theirs.
 * - Quiet hours and muting hold everything back, "is back" too; then the outdated notification goes instead.
 * - What came and went while nobody could be told is told afterwards, in one sentence.
 * - What fails again and again is limited by flap-limit.ts, unless it stays down for {@link LASTING_MS}.
 *
 * What was told is kept in {@link Notices}, so that a background page that was killed in between neither repeats nor
 * forgets. Nothing is said about a camera that only starts.
 */

import { isDown } from '../extension/camera-words.ts';
import { type CameraStatus, type Flap, NO_NOTICES, type Notices } from '../extension/status.ts';
import { text as words } from '../texts/text.ts';
import { endOfWait, noteOutage } from './flap-limit.ts';
import type { Outage } from './missed-outages.ts';
import {
  GROUP_ID,
  groupChanged,
  groupDown,
  keepsFailing,
  type NotificationText,
  notificationId,
  RELAY_ID,
  recovered,
  severalKeepFailing,
  severalWereDown,
  wasDown,
  wentDown,
} from './notice-texts.ts';
import { LASTING_MS, type RelayNow, stepRelay } from './relay-notice.ts';

/** One switch or power strip takes its cameras down within about this; a single camera must not wait longer. */
export const GROUP_WITHIN_MS = 800;
/** Key among the flaps; no camera's id begins with a colon. */
const RELAY_FLAP = ':relay';

export interface NoticePolicy {
  /** Never for this camera, or (undefined) never at all. */
  muted(camera: string | undefined): boolean;
  /** Not at this time, ms since the Unix epoch. */
  quiet(atMs: number): boolean;
}

export interface NoticeInput {
  /** Undefined: no relay is paired. */
  readonly relay: RelayNow | undefined;
  /** All cameras as the connected relay states them; undefined while they are not known. */
  readonly cameras: readonly CameraStatus[] | undefined;
  /** Outages that came and went while the connection was away. */
  readonly missed: readonly Outage[];
}

export interface NoticeStep {
  readonly notices: Notices;
  readonly show: readonly NotificationText[];
  readonly clear: readonly string[];
  /** When the next step is due though nothing changes, ms since the Unix epoch. */
  readonly wakeAtMs: number | undefined;
}

/** @param nowMs ms since the Unix epoch */
export function stepNotices(
  before: Notices,
  input: NoticeInput,
  policy: NoticePolicy,
  nowMs: number,
): NoticeStep {
  const other = before.relay !== undefined && before.relay !== input.relay?.address;
  const step = new Step(other ? NO_NOTICES : before, input, policy, nowMs);
  if (other) step.clearAll(before.onDesktop ?? []);
  if (input.relay !== undefined) {
    step.followRelay(input.relay);
    if (input.cameras !== undefined) step.followCameras(input.cameras, input.missed);
  }
  return step.result();
}

type Notice = Notices['cameras'][string];

class Step {
  readonly #before: Notices;
  readonly #input: NoticeInput;
  readonly #policy: NoticePolicy;
  readonly #nowMs: number;
  readonly #mayTell: boolean;
  #entries: Record<string, Notice>;
  readonly #flaps: Record<string, Flap>;
  #lost: Notices['lost'];
  #dueMs: number | undefined;
  readonly #show = new Map<string, NotificationText>();
  readonly #clear = new Set<string>();
  readonly #wakes: number[] = [];

  constructor(before: Notices, input: NoticeInput, policy: NoticePolicy, nowMs: number) {
    this.#before = before;
    this.#input = input;
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#mayTell = !policy.muted(undefined) && !policy.quiet(nowMs);
    this.#entries = { ...before.cameras };
    this.#flaps = { ...before.flaps };
    this.#lost = before.lost;
    this.#dueMs = before.dueMs;
  }

  clearAll(ids: readonly string[]): void {
    for (const id of ids) this.#clear.add(id);
  }

  followRelay(relay: RelayNow): void {
    const { lost, say, wakeAtMs } = stepRelay(this.#lost, relay, {
      nowMs: this.#nowMs,
      off: this.#policy.muted(undefined),
      mayTell: this.#mayTell,
      isTold: () => this.#isTold(RELAY_FLAP),
    });
    this.#lost = lost;
    if (say === 'take') this.#take(RELAY_ID);
    else if (say !== undefined) this.#tell(say);
    if (wakeAtMs !== undefined) this.#wakes.push(wakeAtMs);
  }

  followCameras(cameras: readonly CameraStatus[], missed: readonly Outage[]): void {
    this.#forgetCameras(cameras);
    const back = this.#followStates(cameras, missed);
    this.#tellMissed(cameras, missed);
    this.#tellDown(cameras);
    this.#tellGroup(back);
    this.#sumUp(cameras);
  }

  result(): NoticeStep {
    const show = [...this.#show.values()];
    const clear = [...this.#clear].filter((id) => !this.#show.has(id));
    const onDesktop = new Set(this.#before.onDesktop);
    for (const { id } of show) onDesktop.add(id);
    for (const id of clear) onDesktop.delete(id);
    const { relay, cameras } = this.#input;
    // Without news of the cameras nothing can be due.
    if (this.#dueMs !== undefined && cameras !== undefined) this.#wakes.push(this.#dueMs);
    return {
      notices: {
        ...(relay === undefined ? {} : { relay: relay.address }),
        cameras: this.#entries,
        ...(this.#dueMs === undefined ? {} : { dueMs: this.#dueMs }),
        ...(this.#lost === undefined ? {} : { lost: this.#lost }),
        ...(Object.keys(this.#flaps).length === 0 ? {} : { flaps: this.#flaps }),
        ...(onDesktop.size === 0 ? {} : { onDesktop: [...onDesktop] }),
      },
      show,
      clear,
      wakeAtMs: this.#wakes.length === 0 ? undefined : Math.min(...this.#wakes),
    };
  }

  #allows(camera: string): boolean {
    return this.#mayTell && !this.#policy.muted(camera);
  }

  /** Takes back what was said about cameras that left the relay's configuration, or that are muted by now. */
  #forgetCameras(cameras: readonly CameraStatus[]): void {
    const known = new Set(cameras.map(({ id }) => id));
    for (const id of new Set([...Object.keys(this.#entries), ...Object.keys(this.#flaps)])) {
      const gone = !known.has(id) && id !== RELAY_FLAP;
      const muted = id !== RELAY_FLAP && this.#policy.muted(id);
      if (!gone && !muted) continue;
      this.#take(notificationId(id));
      delete this.#flaps[id];
      const notice = this.#entries[id];
      if (gone) delete this.#entries[id];
      // Unmuted again, it is news.
      else if (notice !== undefined) this.#entries[id] = { ...notice, shown: 'held' };
    }
    // "Is back" of a camera that is muted by now.
    for (const id of known) if (this.#policy.muted(id)) this.#take(notificationId(id));
  }

  /** @returns names of the group's cameras that are back */
  #followStates(cameras: readonly CameraStatus[], missed: readonly Outage[]): string[] {
    const back: string[] = [];
    for (const { id, name, state, sinceMs } of cameras) {
      const notice = this.#entries[id];
      if (isDown(state)) {
        // Quiet hours and muting only hold a notice back; it comes when they end and the camera is still down.
        const entry = notice ?? { name, sinceMs, state, shown: 'held' as const };
        this.#entries[id] = entry;
        if (entry.shown === 'held' && this.#allows(id)) this.#dueMs ??= this.#nowMs + GROUP_WITHIN_MS;
      } else if (notice !== undefined && state !== 'starting') {
        delete this.#entries[id];
        // The relay knows when it came back; without its word it is now.
        const toMs = missed.find((outage) => outage.camera === id)?.toMs ?? this.#nowMs;
        if (notice.shown === 'own') {
          const text = recovered(id, name, notice.state, toMs - notice.sinceMs);
          this.#replace(text.id, text, this.#allows(id));
        } else if (notice.shown === 'group') back.push(name);
      }
    }
    return back;
  }

  #tellMissed(cameras: readonly CameraStatus[], missed: readonly Outage[]): void {
    const told: { name: string; downMs: number; text: NotificationText }[] = [];
    for (const { id, name, state } of cameras) {
      const notice = this.#before.cameras[id];
      // Its notification, or the sum of its outages, says what matters now.
      const known = notice !== undefined && notice.shown !== 'held';
      if (isDown(state) || known || !this.#allows(id)) continue;
      const outages = missed.flatMap((outage) => {
        const fromMs = outage.fromMs ?? notice?.sinceMs;
        if (outage.camera !== id || fromMs === undefined || this.#policy.quiet(outage.toMs)) return [];
        const downMs = outage.toMs - fromMs;
        // Shorter ones are not told either while the connection is there.
        return downMs < GROUP_WITHIN_MS ? [] : [{ ...outage, downMs }];
      });
      const text = wasDown(outages);
      if (text === undefined) continue;
      const open = outages.map(() => this.#isTold(id)).includes(true);
      if (open) told.push({ name, downMs: outages.reduce((sum, { downMs }) => sum + downMs, 0), text });
    }
    const [only] = told;
    if (told.length > 1) this.#tell(severalWereDown(told));
    else if (only !== undefined) this.#tell(only.text);
  }

  #tellDown(cameras: readonly CameraStatus[]): void {
    const due = this.#dueMs !== undefined && this.#nowMs >= this.#dueMs;
    if (due) this.#dueMs = undefined;
    const news: string[] = [];
    for (const [id, notice] of Object.entries(this.#entries)) {
      if (!this.#allows(id)) continue;
      if (notice.shown === 'held' && due) {
        if (this.#isTold(id)) news.push(id);
        else this.#entries[id] = { ...notice, shown: 'limited' };
      }
      if (this.#entries[id]?.shown !== 'limited') continue;
      const lastingMs = notice.sinceMs + LASTING_MS;
      if (this.#nowMs >= lastingMs) news.push(id);
      else this.#wakes.push(lastingMs);
    }
    const shown = news.length > 1 ? 'group' : 'own';
    for (const id of news) {
      const notice = this.#entries[id];
      if (notice === undefined) continue;
      this.#entries[id] = { ...notice, shown };
      const reason = cameras.find((camera) => camera.id === id)?.reason ?? '';
      if (shown === 'own') this.#tell(wentDown({ ...notice, id, reason }));
    }
    if (shown === 'group') this.#tell(groupDown(this.#grouped()));
  }

  #tellGroup(back: readonly string[]): void {
    const left = Object.values(this.#before.cameras).filter(({ shown }) => shown === 'group').length;
    const names = this.#grouped();
    if (this.#show.has(GROUP_ID) || names.length >= left) return;
    if (back.length > 0 && this.#mayTell) this.#tell(groupChanged(names, back));
    else if (names.length === 0) this.#take(GROUP_ID);
    else if (this.#mayTell) this.#tell(groupChanged(names, []));
  }

  /** Says in one sentence what was not told one by one. */
  #sumUp(cameras: readonly CameraStatus[]): void {
    if (!this.#mayTell) return;
    const news: { name: string; text: NotificationText }[] = [];
    for (const [id, before] of Object.entries(this.#flaps)) {
      const { flap, summary } = endOfWait(before, this.#nowMs);
      if (flap === undefined) delete this.#flaps[id];
      else this.#flaps[id] = flap;
      if (flap?.untilMs !== undefined) this.#wakes.push(flap.untilMs);
      if (summary === undefined) continue;
      const [name, notification] =
        id === RELAY_FLAP
          ? [words('noticeTheRelay', this.#input.relay?.name ?? ''), RELAY_ID]
          : [cameras.find((camera) => camera.id === id)?.name ?? id, notificationId(id)];
      news.push({ name, text: keepsFailing(notification, name, summary) });
    }
    const [only] = news;
    if (news.length > 1) this.#tell(severalKeepFailing(news.map(({ name }) => name)));
    else if (only !== undefined) this.#tell(only.text);
  }

  /** Counts an outage against the limit. */
  #isTold(key: string): boolean {
    const { flap, told } = noteOutage(this.#flaps[key], this.#nowMs);
    this.#flaps[key] = flap;
    return told;
  }

  #grouped(): string[] {
    return Object.values(this.#entries)
      .filter(({ shown }) => shown === 'group')
      .map(({ name }) => name);
  }

  #tell(text: NotificationText): void {
    this.#show.set(text.id, text);
  }

  /** Replaces what `id` says, or takes it away when nothing may be said now. */
  #replace(id: string, text: NotificationText, allowed: boolean): void {
    if (allowed) this.#tell(text);
    else this.#take(id);
  }

  #take(id: string): void {
    if (this.#before.onDesktop?.includes(id) === true) this.#clear.add(id);
  }
}
