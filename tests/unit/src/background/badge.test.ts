import { expect, test } from 'vitest';
import { badgeFor } from '../../../../src/background/badge.ts';
import type { RelayStatus } from '../../../../src/extension/status.ts';
import type { CameraStateName } from '../../../../src/wire/protocol.ts';

function relay(patch: Partial<RelayStatus>, states: CameraStateName[] = []): RelayStatus {
  const cameras = states.map((state, n) => ({
    id: `c${n}`,
    name: `Cam ${n}`,
    state,
    sinceMs: 0,
    reason: '',
  }));
  return { phase: 'open', reason: '', name: 'gate-host', cameras, ...patch };
}

test.each([
  ['not paired', undefined, '', /pair/],
  ['all well', relay({}, ['live', 'degraded', 'starting']), '', /3 cameras, all well/],
  ['one down', relay({}, ['live', 'frozen']), '1', /1 of 2 cameras without a picture: Cam 1 \(frozen\)/],
  ['two down', relay({}, ['offline', 'frozen']), '2', /Cam 0 \(offline\) and Cam 1 \(frozen\)/],
  [
    'unreachable',
    relay({ phase: 'waiting', reason: 'Cannot reach it.' }, ['frozen']),
    '–',
    /Cannot reach it\./,
  ],
  ['trying again', relay({ phase: 'connecting', reason: 'Cannot reach it.' }), '–', /Cannot reach it\./],
  ['first attempt', relay({ phase: 'connecting' }), '', /connecting/],
  ['refused', relay({ phase: 'refused', reason: 'Pair again.' }), '–', /Pair again\./],
])('%s', (_name, status, text, title) => {
  const badge = badgeFor(status === undefined ? [] : [status]);
  expect(badge.text).toBe(text);
  expect(badge.title).toMatch(title);
});

test('a count is red, an unreachable relay grey', () => {
  expect(badgeFor([relay({}, ['frozen'])]).colour).not.toBe(
    badgeFor([relay({ phase: 'waiting', reason: 'x' })]).colour,
  );
});

test('of several relays the cameras are counted together, and one that is lost is named', () => {
  const well = relay({ name: 'house' }, ['live', 'frozen']);
  const lost = relay({ name: 'barn', phase: 'waiting', reason: 'Cannot reach it.' }, ['offline']);
  expect(badgeFor([well, lost])).toMatchObject({
    text: '1',
    title: 'Lockstep: 1 of 2 cameras without a picture: Cam 1 (frozen). barn: Cannot reach it.',
  });
  expect(badgeFor([relay({}, ['live']), lost])).toMatchObject({
    text: '–',
    title: 'Lockstep: barn: Cannot reach it.',
  });
  expect(badgeFor([well, relay({}, ['frozen'])]).text).toBe('2');
});
