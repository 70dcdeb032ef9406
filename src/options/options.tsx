/** The settings page: the paired relays and their cameras, notifications, and the latency of each mode. */
import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { nameOf } from '../extension/pairings.ts';
import type { Settings } from '../extension/settings.ts';
import { text } from '../texts/text.ts';
import { cameraKey } from '../wire/camera-key.ts';
import type { CameraManager } from './camera-manager.ts';
import { Cameras } from './cameras.tsx';
import { LatencySettings } from './latency.tsx';
import { NotificationSettings } from './notifications.tsx';
import { Pairing, type PairingActions, type PairingState } from './pairing.tsx';
import type { KnownRelay } from './relay-row.tsx';

export interface OptionsState {
  readonly settings: Settings;
  /** In the order of the pairings. */
  readonly relays: readonly KnownRelay[];
  /** The browser can play H.264 by WebRTC. */
  readonly h264: boolean;
}

export interface OptionsActions extends PairingActions {
  change(patch: Partial<Settings>): void;
}

interface OptionsProps {
  readonly state: ReadonlySignal<OptionsState | undefined>;
  readonly pairing: ReadonlySignal<PairingState>;
  /** By the keys of the pairings. */
  readonly cameras: ReadonlySignal<ReadonlyMap<string, CameraManager>>;
  readonly actions: OptionsActions;
  readonly version: string;
  readonly browserName: string;
}

export function Options({ state, pairing, cameras, actions, version, browserName }: OptionsProps) {
  const current = state.value;
  if (current === undefined) return null;
  const { settings, relays, h264 } = current;
  const named = relays.length > 1;
  return (
    <>
      <header>
        <h1 class="brand">
          <img src="icons/icon-48.png" alt="" />
          {text('optionsTitle')}
        </h1>
      </header>
      <main>
        <Pairing
          relays={relays}
          order={settings.order}
          chooseOrder={(order) => actions.change({ order })}
          state={pairing.value}
          {...{ actions, version, browserName }}
        />
        <RelayCameras relays={relays} managers={cameras.value} />
        <NotificationSettings
          settings={settings}
          cameras={relays.flatMap(({ paired, status }) =>
            (status?.cameras ?? []).map(({ id, name }) => ({
              id: cameraKey(paired.key, id),
              name: named ? `${name} (${nameOf(paired)})` : name,
            })),
          )}
          change={actions.change}
        />
        <LatencySettings
          settings={settings}
          relay={(relays.find(({ status }) => status?.realtime === true) ?? relays[0])?.status}
          h264={h264}
          change={actions.change}
        />
      </main>
      <footer class="muted">Lockstep {version}</footer>
    </>
  );
}

interface RelayCamerasProps {
  readonly relays: readonly KnownRelay[];
  readonly managers: ReadonlyMap<string, CameraManager>;
}

/** The cameras of one relay at a time. */
function RelayCameras({ relays, managers }: RelayCamerasProps) {
  const [chosen, setChosen] = useState<string>();
  const { key, token } = (relays.find(({ paired }) => paired.key === chosen) ?? relays[0])?.paired ?? {};
  const manager = key === undefined ? undefined : managers.get(key);
  return (
    <>
      {relays.length > 1 && (
        <label class="data-limit relay-choice">
          <span>{text('optionsCamerasOf')}</span>
          <select value={key} onChange={(event) => setChosen(event.currentTarget.value)}>
            {relays.map(({ paired }) => (
              <option key={paired.key} value={paired.key}>
                {nameOf(paired)} ({paired.address})
              </option>
            ))}
          </select>
        </label>
      )}
      {manager !== undefined && <Cameras key={token} manager={manager} />}
    </>
  );
}
