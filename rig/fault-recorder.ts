/** Watches the wall from inside its page while a fault is injected: when pictures came, when the extension knew. */
import type { Page } from 'playwright-core';

/** What the page recorded; times in ms since the Unix epoch. */
export interface FaultRecord {
  /** Camera → longest time without a new picture since the fault, and when it ended. */
  readonly gaps: Readonly<Record<string, { readonly lengthMs: number; readonly endedMs: number }>>;
  /** Camera → when its state reached the extension as frozen or offline. */
  readonly events: Readonly<Record<string, number>>;
  /** When a notification about a camera was first up. */
  readonly notifiedMs: number | undefined;
  /** Camera → time since its newest picture. */
  readonly idleMs: Readonly<Record<string, number>>;
  /** Camera → the state that the extension knows. */
  readonly states: Readonly<Record<string, string>>;
  readonly stalls: Readonly<Record<string, number>>;
}

/** Starts recording in the page; safe to call once per page. */
export async function installRecorder(page: Page): Promise<void> {
  await page.evaluate(async () => {
    interface CameraEntry {
      readonly id: string;
      readonly state: string;
    }
    const { chrome, lockstepEngine } = globalThis as unknown as {
      chrome: {
        storage: {
          session: { get(key: string): Promise<{ relay?: { cameras: CameraEntry[] } }> };
          onChanged: {
            addListener(run: (changes: { relay?: { newValue?: { cameras: CameraEntry[] } } }) => void): void;
          };
        };
        notifications: { getAll(run: (all: object) => void): void };
      };
      lockstepEngine: { view(): { tiles: { camera: string; stalls: number }[] } };
    };
    const now = (): number => performance.timeOrigin + performance.now();
    const last: Record<string, number> = {};
    let gaps: Record<string, { lengthMs: number; endedMs: number }> = {};
    let events: Record<string, number> = {};
    let states: Record<string, string> = {};
    let notifiedMs: number | undefined;
    let watching = false;
    for (const video of document.querySelectorAll<HTMLVideoElement>('[data-camera] video')) {
      const camera = video.closest('[data-camera]')?.getAttribute('data-camera') ?? '';
      const onFrame = (): void => {
        const time = now();
        const lengthMs = time - (last[camera] ?? time);
        if (watching && lengthMs > (gaps[camera]?.lengthMs ?? 0)) gaps[camera] = { lengthMs, endedMs: time };
        last[camera] = time;
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    }
    const learn = (cameras: readonly CameraEntry[]): void => {
      states = Object.fromEntries(cameras.map(({ id, state }) => [id, state]));
      if (!watching) return;
      for (const { id, state } of cameras)
        if (state === 'frozen' || state === 'offline') events[id] ??= now();
    };
    chrome.storage.onChanged.addListener(({ relay }) => learn(relay?.newValue?.cameras ?? []));
    learn((await chrome.storage.session.get('relay')).relay?.cameras ?? []);
    setInterval(() => {
      if (!watching || notifiedMs !== undefined) return;
      chrome.notifications.getAll((all) => {
        if (Object.keys(all).length > 0) notifiedMs ??= now();
      });
    }, 50);
    Object.assign(globalThis, {
      faultRecorder: {
        begin(): void {
          gaps = {};
          events = {};
          notifiedMs = undefined;
          watching = true;
        },
        read(): FaultRecord {
          const time = now();
          return {
            gaps,
            events,
            notifiedMs,
            states,
            idleMs: Object.fromEntries(Object.entries(last).map(([camera, at]) => [camera, time - at])),
            stalls: Object.fromEntries(
              lockstepEngine.view().tiles.map(({ camera, stalls }) => [camera, stalls]),
            ),
          };
        },
      },
    });
  });
}

interface Recorder {
  begin(): void;
  read(): FaultRecord;
}

/** Forgets what was recorded and clears the notifications: the next fault begins now. */
export async function beginFault(page: Page): Promise<FaultRecord> {
  return page.evaluate(async () => {
    const { chrome, faultRecorder } = globalThis as unknown as {
      chrome: { notifications: { getAll(): Promise<object>; clear(id: string): Promise<boolean> } };
      faultRecorder: Recorder;
    };
    for (const id of Object.keys(await chrome.notifications.getAll())) await chrome.notifications.clear(id);
    faultRecorder.begin();
    return faultRecorder.read();
  });
}

export async function readFault(page: Page): Promise<FaultRecord> {
  return page.evaluate(() => (globalThis as unknown as { faultRecorder: Recorder }).faultRecorder.read());
}
