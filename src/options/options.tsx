/** The settings page: the paired relay and its cameras, notifications, and the latency of each mode. */

import type { ReadonlySignal } from '@preact/signals';
import type { Settings } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { text } from '../texts/text.ts';
import type { CameraManager } from './camera-manager.ts';
import { Cameras } from './cameras.tsx';
import { LatencySettings } from './latency.tsx';
import { NotificationSettings } from './notifications.tsx';
import { Pairing, type PairingActions, type PairingState } from './pairing.tsx';

export interface OptionsState {
  readonly settings: Settings;
  readonly relay: RelayStatus | undefined;
  /** The browser can play H.264 by WebRTC. */
  readonly h264: boolean;
}

export interface OptionsActions extends PairingActions {
  change(patch: Partial<Settings>): void;
}

interface OptionsProps {
  readonly state: ReadonlySignal<OptionsState | undefined>;
  readonly pairing: ReadonlySignal<PairingState>;
  /** Of the paired relay; undefined when none is paired. */
  readonly cameras: ReadonlySignal<CameraManager | undefined>;
  readonly actions: OptionsActions;
  readonly version: string;
  readonly browserName: string;
}

export function Options({ state, pairing, cameras, actions, version, browserName }: OptionsProps) {
  const current = state.value;
  if (current === undefined) return null;
  const { settings, relay, h264 } = current;
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
          paired={settings.relay}
          relay={relay}
          state={pairing.value}
          {...{ actions, version, browserName }}
        />
        {cameras.value !== undefined && <Cameras key={settings.relay?.token} manager={cameras.value} />}
        <NotificationSettings
          settings={settings}
          cameras={settings.relay === undefined ? [] : (relay?.cameras ?? [])}
          change={actions.change}
        />
        <LatencySettings settings={settings} relay={relay} h264={h264} change={actions.change} />
      </main>
      <footer class="muted">Lockstep {version}</footer>
    </>
  );
}
