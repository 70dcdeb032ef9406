/**
 * The cameras of the paired relay as the options page changes them: what is known, what is on its way, and how the last
 * step ended. Drawing is cameras.tsx and add-camera.tsx; the commands are src/wire/camera-commands.ts.
 */

import { type Signal, signal } from '@preact/signals';
import { CommandError, type CommandInput } from '../extension/link-commands.ts';
import type { LinkStatus } from '../extension/relay-link.ts';
import type { RelayState } from '../extension/relay-state.ts';
import { plural, text as words } from '../texts/text.ts';
import {
  FEATURE_CAMERAS,
  type FoundCameras,
  type ListedCameras,
  type TestedCamera,
} from '../wire/camera-commands.ts';
import type { Cancel } from '../wire/ports.ts';
import type { CommandAnswer } from '../wire/protocol.ts';

/** What is needed of a RelayLink. */
export interface CameraLink {
  readonly status: LinkStatus;
  readonly state: RelayState;
  command(input: CommandInput): Promise<CommandAnswer | undefined>;
  onChange(listener: () => void): Cancel;
}

export interface ManagedCameras {
  /** `forbidden`: this browser may only watch; `unable`: this relay does not do it, or is not reached. */
  readonly phase: 'waiting' | 'unable' | 'forbidden' | 'ready';
  /** Why, in words; empty while all is well. */
  readonly reason: string;
  readonly list: ListedCameras | undefined;
  readonly busy: 'change' | 'find' | 'test' | undefined;
  /** How the last step ended; `field`: the parameter that was wrong. */
  readonly outcome: { readonly good: boolean; readonly text: string; readonly field?: string | undefined };
  readonly found: FoundCameras | undefined;
  readonly tested: readonly TestedCamera[];
}

const NOTHING = { good: true, text: '' } as const;
const START: ManagedCameras = {
  phase: 'waiting',
  reason: '',
  list: undefined,
  busy: undefined,
  outcome: NOTHING,
  found: undefined,
  tested: [],
};

export interface TestInput {
  readonly address: string;
  /** Of the smaller stream; empty: none. */
  readonly substream: string;
  readonly username: string;
  readonly password: string;
}

export class CameraManager {
  readonly state: Signal<ManagedCameras> = signal(START);
  readonly #link: CameraLink;
  readonly stop: Cancel;
  #wasOpen = false;
  /** Ids and names that the relay told last: another one means that the configuration changed. */
  #told = '';

  constructor(link: CameraLink) {
    this.#link = link;
    this.stop = link.onChange(() => this.#follow());
    this.#follow();
  }

  /** Asks for the list; also whether this browser may. */
  async refresh(): Promise<void> {
    try {
      this.#take(await this.#link.command({ command: 'list-cameras' }));
    } catch (error) {
      this.#refused(error);
    }
  }

  /** @returns whether it is done */
  rename(camera: string, name: string): Promise<boolean> {
    return this.#change(
      (revision) => ({ command: 'rename-camera', revision, camera, name }),
      words('cameraRenamed', name.trim()),
    );
  }

  remove(camera: string, name: string): Promise<boolean> {
    return this.#change(
      (revision) => ({ command: 'remove-camera', revision, camera }),
      words('cameraRemoved', name),
    );
  }

  /** @param by −1 towards the first place, 1 towards the last */
  move(camera: string, by: -1 | 1): Promise<boolean> {
    const order = (this.state.value.list?.cameras ?? []).map(({ id }) => id);
    const [from, to] = [order.indexOf(camera), order.indexOf(camera) + by];
    const other = order[to];
    if (from < 0 || other === undefined) return Promise.resolve(false);
    order[to] = camera;
    order[from] = other;
    return this.#change(
      (revision) => ({ command: 'order-cameras', revision, order }),
      words('cameraMoved', to + 1, order.length),
    );
  }

  async add(draft: string, name: string): Promise<boolean> {
    const done = await this.#change(
      (revision) => ({ command: 'add-camera', revision, draft, name }),
      words('cameraAdded', name.trim()),
    );
    if (done) this.#set({ tested: this.state.value.tested.filter((each) => each.draft !== draft) });
    return done;
  }

  async find(): Promise<void> {
    await this.#while('find', { command: 'find-cameras' }, (answer) => {
      if (answer?.kind !== 'found') return;
      const count = answer.cameras.length;
      const text = answer.note ?? plural('camerasAnswer', count);
      this.#set({ found: answer, outcome: { good: count > 0, text } });
    });
  }

  /** @returns whether there is something to add */
  async test(input: TestInput): Promise<boolean> {
    this.#set({ tested: [] });
    return this.#while('test', { command: 'test-camera', ...input }, (answer) => {
      if (answer?.kind !== 'tested') return;
      const seen = answer.cameras.filter(({ verdict }) => verdict !== 'bad').length;
      const text = [seen > 0 ? words('cameraAnswers') : words('cameraNoPicture'), ...answer.notes];
      this.#set({ tested: answer.cameras, outcome: { good: seen > 0, text: text.join(' ') } });
    });
  }

  #change(input: (revision: string) => CommandInput, done: string): Promise<boolean> {
    return this.#while('change', input(this.state.value.list?.revision ?? ''), (answer) => {
      this.#take(answer);
      this.#set({ outcome: { good: true, text: done } });
    });
  }

  async #while(
    busy: NonNullable<ManagedCameras['busy']>,
    input: CommandInput,
    take: (answer: CommandAnswer | undefined) => void,
  ): Promise<boolean> {
    if (this.state.value.busy !== undefined) return false;
    this.#set({ busy, outcome: NOTHING });
    try {
      take(await this.#link.command(input));
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.#set({ busy: undefined });
    }
  }

  #follow(): void {
    const { status, state } = this.#link;
    const isOpen = status.phase === 'open';
    const told = state.cameras.map(({ id, name }) => `${id} ${name}`).join('\n');
    const changed = told !== this.#told;
    this.#told = told;
    const opened = isOpen && !this.#wasOpen;
    this.#wasOpen = isOpen;
    if (!isOpen) this.#set({ phase: status.reason === '' ? 'waiting' : 'unable', reason: status.reason });
    else if (!state.features.includes(FEATURE_CAMERAS))
      this.#set({
        phase: 'unable',
        reason: words('camerasTooOld'),
      });
    else if (opened || changed) void this.refresh();
  }

  #take(answer: CommandAnswer | undefined): void {
    if (answer?.kind === 'cameras') this.#set({ phase: 'ready', reason: '', list: answer });
  }

  #refused(error: unknown): void {
    if (!(error instanceof CommandError)) throw error;
    const { code, message, field } = error;
    if (code === 'not-allowed') this.#set({ phase: 'forbidden', reason: message });
    else {
      this.#set({ outcome: { good: false, text: message, field } });
      if (code === 'changed-meanwhile' || code === 'unknown-camera') void this.refresh();
    }
  }

  #set(patch: Partial<ManagedCameras>): void {
    this.state.value = { ...this.state.value, ...patch };
  }
}
