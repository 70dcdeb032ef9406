import { expect, test } from 'vitest';
import { EMPTY_RELAY_STATE } from '../../../../../src/extension/relay-state.ts';
import {
  createSignals,
  createWallUi,
  followRelay,
  type WallActions,
} from '../../../../../src/viewer/ui/wall-ui.ts';
import { cameraState, tileView, wallView } from '../../../../support/wall-state.ts';

const actions: WallActions = {
  chooseMode() {},
  attach: () => () => {},
  enlarge() {},
  toggleDetails() {},
  toggleFullscreen() {},
  calibrate() {},
  calibration: {
    clock: { now: () => 0 },
    createMeasurer() {
      throw new Error('not here');
    },
    save: async () => {},
  },
  openOptions() {},
  retryRelay() {},
  restartCamera() {},
  copyDiagnostics: async () => {},
};

function wall() {
  const signals = createSignals();
  const ui = createWallUi(signals, actions, { extension: '0', hlsJs: '0', protocol: 1 });
  return { signals, ui };
}

test('the list of cameras stays the same object while only their states change', () => {
  const { signals, ui } = wall();
  signals.relay.value = { ...EMPTY_RELAY_STATE, cameras: [cameraState()] };
  const before = ui.cameraIds.value;
  signals.relay.value = { ...EMPTY_RELAY_STATE, cameras: [cameraState({ state: 'frozen' })] };
  expect(ui.cameraIds.value).toBe(before);
  signals.relay.value = { ...EMPTY_RELAY_STATE, cameras: [cameraState({ id: 'yard' })] };
  expect(ui.cameraIds.value).toEqual(['yard']);
});

test('a tile joins what relay and engine know, in our own time', () => {
  const { signals, ui } = wall();
  signals.relay.value = { ...EMPTY_RELAY_STATE, cameras: [cameraState({ state: 'frozen', sinceMs: 9000 })] };
  signals.view.value = wallView({ tiles: [tileView({ phase: 'source-frozen' })] });
  signals.link.value = { ...signals.link.value, phase: 'open' };
  signals.times.value = { nowMs: 10_000, monotonicToEpochMs: 0, relayAheadMs: 500 };
  expect(ui.tile('gate')).toMatchObject({ word: 'Frozen', banner: { sinceMs: 8500 } });
  expect(ui.tile('attic')).toBeUndefined();
});

test('what was set for a camera goes with it, and a camera that is not known yet stays the enlarged one', () => {
  const { signals } = wall();
  const state = { ...EMPTY_RELAY_STATE, cameras: [cameraState(), cameraState({ id: 'yard' })] };
  signals.enlarged.value = 'yard';
  followRelay(signals, state);
  expect(signals.enlarged.value).toBe('yard');
  signals.restarts.value = { gate: 'busy', yard: 'pending' };
  followRelay(signals, { ...state, cameras: [cameraState()] });
  expect([signals.enlarged.value, signals.restarts.value]).toEqual([undefined, { gate: 'busy' }]);
});
