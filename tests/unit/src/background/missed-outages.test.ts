import { expect, test } from 'vitest';
import { MissedEvents, outagesOf } from '../../../../src/background/missed-outages.ts';
import type { CameraStateName, RelayMessage, RelayMessageOf } from '../../../../src/wire/protocol.ts';
import { cameraState } from '../../../support/wall-state.ts';

function event(seq: number, atMs: number, state: CameraStateName, id = 'gate'): RelayMessageOf<'camera'> {
  return { type: 'camera', seq, atMs, camera: cameraState({ id, name: id, state }) };
}

function welcome(seq: number): RelayMessage {
  return {
    type: 'welcome',
    protocol: 1,
    runId: 'run1',
    seq,
    serverTimeMs: 0,
    mediamtx: 'off',
    cameras: [],
  };
}

const PONG: RelayMessage = { type: 'pong', id: 1, mediaTimeMs: 0 };

test('the replay is over with the event that the welcome includes', () => {
  const missed = new MissedEvents();
  expect(missed.read(welcome(7))).toBeUndefined();
  expect(missed.read(event(6, 0, 'frozen'))).toBeUndefined();
  expect(missed.read(event(7, 0, 'live'))?.map(({ seq }) => seq)).toEqual([6, 7]);
  expect(missed.read(event(8, 0, 'frozen'))).toBeUndefined();
  expect(missed.read(PONG)).toBeUndefined();
});

test('without a replay it is over with the first other message', () => {
  for (const other of [PONG, event(8, 0, 'frozen')]) {
    const missed = new MissedEvents();
    missed.read(welcome(7));
    expect(missed.read(other)).toEqual([]);
  }
  expect(new MissedEvents().read(welcome(0))).toEqual([]);
});

test('a connection that is lost in the middle of it leaves nothing for the next one', () => {
  const missed = new MissedEvents();
  missed.read(welcome(7));
  missed.read(event(6, 0, 'frozen'));
  missed.read(welcome(9));
  expect(missed.read(PONG)).toEqual([]);
});

test('an outage lasts from the first down state to the next picture, by our own clock', () => {
  const events = [
    event(1, 11_000, 'frozen'),
    event(2, 12_000, 'offline'),
    event(3, 20_000, 'starting'),
    event(4, 21_000, 'live'),
  ];
  expect(outagesOf(events, 10_000)).toEqual([
    { camera: 'gate', name: 'gate', state: 'frozen', fromMs: 1000, toMs: 11_000 },
  ]);
});

test('one that has not ended is none, and a change of a camera that is well is none', () => {
  expect(outagesOf([event(1, 0, 'degraded'), event(2, 1, 'live'), event(3, 2, 'frozen')], 0)).toEqual([
    expect.objectContaining({ fromMs: undefined, toMs: 0 }),
  ]);
});

test('cameras are told apart, and a recovery whose beginning was seen before has no beginning here', () => {
  expect(
    outagesOf([event(1, 5, 'frozen', 'a'), event(2, 6, 'live', 'b'), event(3, 9, 'live', 'a')], 0),
  ).toEqual([
    { camera: 'b', name: 'b', state: 'frozen', fromMs: undefined, toMs: 6 },
    { camera: 'a', name: 'a', state: 'frozen', fromMs: 5, toMs: 9 },
  ]);
});

test('a removal is part of the replay, and ends no outage; what comes back under its id begins anew', () => {
  const removed: RelayMessage = { type: 'removed', seq: 6, atMs: 0, camera: 'gate' };
  const missed = new MissedEvents();
  missed.read(welcome(7));
  missed.read(event(5, 0, 'offline'));
  expect(missed.read(removed)).toBeUndefined();
  const events = missed.read(event(7, 0, 'live')) ?? [];
  expect(events.map(({ type }) => type)).toEqual(['camera', 'removed', 'camera']);
  expect(outagesOf(events, 0)).toEqual([]);
});
