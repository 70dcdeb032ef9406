import { expect, test } from 'vitest';
import { EMPTY_RELAY_STATE } from '../../../../../src/extension/relay-state.ts';
import {
  createSignals,
  createWallUi,
  followRelays,
  type WallActions,
  type WallRelay,
} from '../../../../../src/viewer/ui/wall-ui.ts';
import type { CameraState } from '../../../../../src/wire/protocol.ts';
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

function relay(cameras: readonly CameraState[], more: Partial<WallRelay> = {}): WallRelay {
  return {
    paired: { address: '127.0.0.1:8780', token: 'x'.repeat(43), relayName: 'house', key: '' },
    name: 'house',
    address: undefined,
    link: { phase: 'open', reason: '', refusal: undefined, retryAtMs: undefined },
    state: { ...EMPTY_RELAY_STATE, cameras },
    aheadMs: 0,
    ...more,
  };
}

function wall() {
  const signals = createSignals();
  const ui = createWallUi(signals, actions, { extension: '0', hlsJs: '0', protocol: 1 });
  return { signals, ui };
}

test('the list of cameras stays the same object while only their states change', () => {
  const { signals, ui } = wall();
  signals.relays.value = [relay([cameraState()])];
  const before = ui.cameraIds.value;
  signals.relays.value = [relay([cameraState({ state: 'frozen' })])];
  expect(ui.cameraIds.value).toBe(before);
  signals.relays.value = [relay([cameraState({ id: 'yard' })])];
  expect(ui.cameraIds.value).toEqual(['yard']);
});

test('a tile joins what relay and engine know, in our own time', () => {
  const { signals, ui } = wall();
  signals.relays.value = [relay([cameraState({ state: 'frozen', sinceMs: 9000 })], { aheadMs: 500 })];
  signals.view.value = wallView({ tiles: [tileView({ phase: 'source-frozen' })] });
  signals.times.value = { nowMs: 10_000, monotonicToEpochMs: 0 };
  expect(ui.tile('gate')).toMatchObject({ word: 'Frozen', banner: { sinceMs: 8500 } });
  expect(ui.tile('attic')).toBeUndefined();
});

test('what was set for a camera goes with it, and a camera that is not known yet stays the enlarged one', () => {
  const { signals } = wall();
  signals.enlarged.value = 'yard';
  followRelays(signals, [relay([cameraState(), cameraState({ id: 'yard' })])]);
  expect(signals.enlarged.value).toBe('yard');
  signals.restarts.value = { gate: 'busy', yard: 'pending' };
  followRelays(signals, [relay([cameraState()])]);
  expect([signals.enlarged.value, signals.restarts.value]).toEqual([undefined, { gate: 'busy' }]);
});

/** Another pairing, with cameras by their keys. */
const barn = (cameras: readonly CameraState[], more: Partial<WallRelay> = {}): WallRelay =>
  relay(cameras, { ...more, name: 'barn', paired: { ...relay([]).paired, key: '2', relayName: 'barn' } });

test('cameras of two relays with the same id are two tiles, each with the name and the connection of its own', () => {
  const { signals, ui } = wall();
  const link = { phase: 'waiting', reason: 'lost', refusal: undefined, retryAtMs: 1 } as const;
  signals.relays.value = [relay([cameraState()]), barn([cameraState({ id: '2:gate' })], { link })];
  signals.view.value = wallView({
    tiles: [tileView({ camera: 'gate' }), tileView({ camera: '2:gate', phase: 'stale' })],
  });
  expect(ui.cameraIds.value).toEqual(['gate', '2:gate']);
  expect(ui.tile('gate')).toMatchObject({ origin: 'house', word: 'Live' });
  expect(ui.tile('2:gate')).toMatchObject({ origin: 'barn', word: 'Stale' });
  expect(ui.relay('2:gate')?.link.phase).toBe('waiting');
  signals.relays.value = [relay([cameraState()])];
  expect(ui.tile('gate')?.origin).toBe('');
});

test('what relays tell of their cameras every second changes none of the words about them', () => {
  const { signals, ui } = wall();
  signals.relays.value = [relay([cameraState()])];
  const before = ui.relayWords.value;
  signals.relays.value = [relay([cameraState({ state: 'frozen' })])];
  expect(ui.relayWords.value).toBe(before);
});
