/** Watches the wall from inside its page while a fault is injected: when pictures came, when the extension knew. */
import type { Page } from 'playwright-core';

/** A time without a new picture. */
export interface Gap {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** What the page recorded since the fault; all times by the host's clock, ms since the Unix epoch. */
export interface FaultRecord {
  readonly atMs: number;
  /** Camera → its gaps that were longer than {@link RECORDED_MS}, in their order; one that lasts is not in it yet. */
  readonly gaps: Readonly<Record<string, readonly Gap[]>>;
  /** Camera → when its newest picture came. */
  readonly lastMs: Readonly<Record<string, number>>;
  /** Camera → lines of its pictures, one entry for each change: first those that were shown when the fault began. */
  readonly lines: Readonly<Record<string, readonly number[]>>;
  /** Camera → when its state first reached the extension as frozen or offline. */
  readonly events: Readonly<Record<string, number>>;
  /** Id of a notification → when it was first up. */
  readonly notified: Readonly<Record<string, number>>;
  /** Camera → the state that the extension knows. */
  readonly states: Readonly<Record<string, string>>;
}

/** Shorter than any gap that is judged; three frames at 30 a second. */
const RECORDED_MS = 100;
const LOOK_MS = 50;

/** Starts recording in the page; safe to call once per page. */
export async function installRecorder(page: Page): Promise<void> {
  await page.evaluate(
    async ({ recordedMs, lookMs }) => {
      interface CameraEntry {
        readonly id: string;
        readonly state: string;
      }
      const { chrome } = globalThis as unknown as {
        chrome: {
          storage: {
            session: { get(key: string): Promise<{ relay?: { cameras: CameraEntry[] } }> };
            onChanged: {
              addListener(
                run: (changes: { relay?: { newValue?: { cameras: CameraEntry[] } } }) => void,
              ): void;
            };
          };
          notifications: { getAll(run: (all: object) => void): void };
        };
      };
      const lastMs: Record<string, number> = {};
      let gaps: Record<string, Gap[]> = {};
      let lines: Record<string, number[]> = {};
      let events: Record<string, number> = {};
      let notified: Record<string, number> = {};
      let states: Record<string, string> = {};
      let watching = false;
      const known = new WeakSet<HTMLVideoElement>();
      const follow = (): void => {
        for (const video of document.querySelectorAll<HTMLVideoElement>('[data-camera] video')) {
          if (known.has(video)) continue;
          known.add(video);
          const camera = video.closest('[data-camera]')?.getAttribute('data-camera') ?? '';
          const onFrame = (_now: number, { height }: VideoFrameCallbackMetadata): void => {
            const shown = lines[camera] ?? [];
            if (shown.at(-1) !== height) lines[camera] = [...shown, height];
            // The clock of the program that injects the fault: timeOrigin + performance.now() parts from it.
            const endedMs = Date.now();
            const beganMs = lastMs[camera] ?? endedMs;
            if (watching && endedMs - beganMs > recordedMs) {
              gaps[camera] = [...(gaps[camera] ?? []), { beganMs, endedMs }];
            }
            lastMs[camera] = endedMs;
            video.requestVideoFrameCallback(onFrame);
          };
          video.requestVideoFrameCallback(onFrame);
        }
      };
      const learn = (cameras: readonly CameraEntry[]): void => {
        states = Object.fromEntries(cameras.map(({ id, state }) => [id, state]));
        if (!watching) return;
        for (const { id, state } of cameras)
          if (state === 'frozen' || state === 'offline') events[id] ??= Date.now();
      };
      follow();
      chrome.storage.onChanged.addListener(({ relay }) => {
        // The wall's own status changes too, and says nothing of cameras.
        if (relay !== undefined) learn(relay.newValue?.cameras ?? []);
      });
      learn((await chrome.storage.session.get('relay')).relay?.cameras ?? []);
      setInterval(() => {
        // A tile may come back in another element.
        follow();
        if (!watching) return;
        chrome.notifications.getAll((all) => {
          for (const id of Object.keys(all)) notified[id] ??= Date.now();
        });
      }, lookMs);
      Object.assign(globalThis, {
        faultRecorder: {
          begin(): void {
            gaps = {};
            lines = Object.fromEntries(
              Object.entries(lines).map(([camera, shown]) => [camera, shown.slice(-1)]),
            );
            events = {};
            notified = {};
            watching = true;
          },
          read: (): FaultRecord => ({ atMs: Date.now(), gaps, lastMs, lines, events, notified, states }),
        },
      });
    },
    { recordedMs: RECORDED_MS, lookMs: LOOK_MS },
  );
}

/** Forgets what was recorded and clears the notifications: the next fault begins now. */
export async function beginFault(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { chrome, faultRecorder } = globalThis as unknown as {
      chrome: { notifications: { getAll(): Promise<object>; clear(id: string): Promise<boolean> } };
      faultRecorder: { begin(): void };
    };
    for (const id of Object.keys(await chrome.notifications.getAll())) await chrome.notifications.clear(id);
    faultRecorder.begin();
  });
}

export async function readFault(page: Page): Promise<FaultRecord> {
  return page.evaluate(() =>
    (globalThis as unknown as { faultRecorder: { read(): FaultRecord } }).faultRecorder.read(),
  );
}
