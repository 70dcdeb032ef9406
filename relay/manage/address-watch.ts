/**
 * Cameras that may get another address (DHCP): looked for in the network when the relay starts and after each time that
 * one was gone, and read where they are now. A camera is known by its ONVIF id alone: one that only has the old address
 * is not it, even where it sends a picture. Nobody is asked who did not answer with that id from that very host. Pure
 * over its ports.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { RtspSource } from '../config/schema.ts';
import { loginOf, movedTo } from '../config/streams.ts';
import type { Login } from '../discovery/onvif-asking.ts';
import type { OnvifAnswer } from '../discovery/onvif-camera.ts';
import type { FoundCamera } from '../discovery/probe-message.ts';
import { placeOf } from '../discovery/seen-camera.ts';
import type { Log } from '../log.ts';

export interface WatchedCamera {
  readonly id: string;
  readonly onvifId: string;
  readonly source: RtspSource;
  /** It sends a picture, whoever it is. */
  readonly live: boolean;
}

export interface AddressWatchDeps {
  /** Those of now that have an ONVIF id. */
  readonly cameras: () => readonly WatchedCamera[];
  /** Every answer of a search in the network; takes seconds, never rejects. */
  readonly search: () => Promise<readonly FoundCamera[]>;
  /** Asks a camera for its streams; the password is tried once. Never rejects. */
  readonly ask: (url: string, login: Login | undefined) => Promise<OnvifAnswer>;
  /** Reads the camera there from now on. */
  readonly move: (id: string, source: RtspSource) => Promise<void>;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often it is looked which cameras are gone. */
const LOOK_MS = 5_000;
/** A camera that starts anew, or a cable that is changed, is back by itself. */
const GONE_MS = 15_000;
const MAX_WAIT_MS = 5 * 60_000;

/** What is known of the place of one camera. */
interface Place {
  /** Of its main stream, for which this holds. */
  readonly url: string;
  /** When to look for it; undefined: it is where it should be. */
  dueMs: number | undefined;
  waitMs: number;
  /** Where it was asked: a password that is wrong is not tried again. */
  asked: string | undefined;
}

export class AddressWatch {
  readonly #deps: AddressWatchDeps;
  readonly #places = new Map<string, Place>();
  #looking = false;

  constructor(deps: AddressWatchDeps) {
    this.#deps = deps;
  }

  start(): Cancel {
    void this.#look();
    return this.#deps.timers.every(LOOK_MS, () => void this.#look());
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const due = this.#due();
      if (due.length === 0) return;
      const found = await this.#deps.search();
      for (const id of due) await this.#settle(id, found);
    } catch (error) {
      this.#deps.log.error({ area: 'cameras', err: error }, 'the search for cameras failed');
    } finally {
      this.#looking = false;
    }
  }

  /** Ids of those to be looked for now. */
  #due(): readonly string[] {
    const { cameras, clock } = this.#deps;
    const nowMs = clock.now();
    const all = cameras();
    const ids = new Set(all.map(({ id }) => id));
    for (const id of this.#places.keys()) if (!ids.has(id)) this.#places.delete(id);
    return all.flatMap(({ id, source: { url }, live }) => {
      const known = this.#places.get(id);
      const place = known?.url === url ? known : { url, dueMs: nowMs, waitMs: GONE_MS, asked: undefined };
      this.#places.set(id, place);
      if (!live) place.dueMs ??= nowMs + GONE_MS;
      return place.dueMs !== undefined && place.dueMs <= nowMs ? [id] : [];
    });
  }

  async #settle(id: string, found: readonly FoundCamera[]): Promise<void> {
    const { cameras, ask, move, log } = this.#deps;
    // Read again: the search took its time.
    const camera = cameras().find((each) => each.id === id);
    const place = this.#places.get(id);
    if (camera === undefined || place?.url !== camera.source.url) return;
    const { onvifId, source, live } = camera;
    const answers = found.filter((each) => each.id === onvifId && each.direct);
    const here = answers.find(({ url }) => hostOf(url) === hostOf(source.url));
    if (live && (here !== undefined || answers.length === 0)) {
      // One that does not answer is believed to be where it was.
      Object.assign(place, { dueMs: undefined, waitMs: GONE_MS, asked: undefined });
      return;
    }
    this.#later(place);
    const [there = here] = answers;
    const target = here ?? there;
    if (target === undefined || place.asked === target.url) return;
    const warn = (why: string): void =>
      log.warn({ area: 'cameras', camera: id }, `${id} is looked for by its ONVIF id: ${why}`);
    if (here === undefined && new Set(answers.map(({ url }) => hostOf(url))).size > 1) {
      place.asked = target.url;
      return warn(`${answers.map(placeOf).join(' and ')} answer with it, so none is taken`);
    }
    const answer = await ask(target.url, asLogin(source));
    if (answer.kind === 'failed') return;
    place.asked = target.url;
    if (answer.kind !== 'streams')
      return warn(`${placeOf(target)} answers, but refuses the user or password, so it is not taken`);
    const told = answer.streams.map(({ url }) => url);
    const moved = movedTo(source, hostOf(target.url), told);
    if (moved === undefined)
      return warn(
        `${placeOf(target)} answers, but has no stream at the path that is read, so it is not taken`,
      );
    if (moved.url !== source.url) await move(id, moved);
  }

  #later(place: Place): void {
    place.dueMs = this.#deps.clock.now() + place.waitMs;
    place.waitMs = Math.min(2 * place.waitMs, MAX_WAIT_MS);
  }
}

const hostOf = (url: string): string => new URL(url).hostname;

function asLogin(source: RtspSource): Login | undefined {
  const { username, password = '' } = loginOf(source);
  return username === undefined ? undefined : { username, password };
}
