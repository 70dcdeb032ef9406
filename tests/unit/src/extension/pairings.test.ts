import { expect, test } from 'vitest';
import { nameOf, withName, withoutPairing, withPairing } from '../../../../src/extension/pairings.ts';
import type { Pairing } from '../../../../src/extension/settings.ts';

const HOUSE: Pairing = {
  address: '10.0.0.1:8780',
  token: 'h'.repeat(43),
  relayName: 'house',
  relayId: 'h1',
};
const BARN: Pairing = {
  ...HOUSE,
  address: '10.0.0.2:8780',
  token: 'b'.repeat(43),
  relayName: 'barn',
  relayId: 'b1',
};
const SHED: Pairing = { ...HOUSE, address: '10.0.0.3:8780', relayName: 'shed', relayId: 's1' };
const both = withPairing(withPairing([], HOUSE), BARN);

test('the first pairing has no key, so that its cameras are called as ever; the next ones have numbers', () => {
  expect(withPairing(both, SHED).map(({ key }) => key)).toEqual(['', '2', '3']);
});

test('a key that is free again is taken, and none twice', () => {
  const left = withoutPairing({ relays: both, mutedCameras: [] }, '').relays;
  expect(withPairing(withPairing(left, HOUSE), SHED).map(({ key }) => key)).toEqual(['2', '', '3']);
});

test('relays that call themselves alike are told apart by a number, and may be called otherwise', () => {
  const alike = { ...SHED, relayName: 'house' };
  const three = withPairing(withPairing(both, alike), { ...alike, address: '10.0.0.4:8780', relayId: 't1' });
  expect(three.map(nameOf)).toEqual(['house', 'barn', 'house 2', 'house 3']);
  expect(withName(three, '3', 'shed').map(nameOf)).toEqual(['house', 'barn', 'shed', 'house 3']);
});

test('a relay that is paired again keeps place, key and name, at its old address or a new one', () => {
  const named = withName(both, '', 'Home');
  const again = { ...HOUSE, token: 'n'.repeat(43) };
  expect(withPairing(named, again)).toEqual([{ ...again, key: '', ownName: 'Home' }, named[1]]);
  const moved = { ...HOUSE, address: '10.0.0.9:8780' };
  expect(withPairing(named, moved).map(({ address }) => address)).toEqual(['10.0.0.9:8780', BARN.address]);
});

test('one that an older version paired is known by its address', () => {
  const { relayId: _id, ...older } = HOUSE;
  expect(withPairing([{ ...older, key: '' }], HOUSE)).toEqual([{ ...HOUSE, key: '' }]);
});

test('another relay at a known address is another relay', () => {
  expect(withPairing(both, { ...HOUSE, relayId: 'other' })).toHaveLength(3);
});

test('a name of its own stays until it is emptied, or the same as the relay’s', () => {
  const named = withName(both, '2', ' Stable ');
  expect(named.map(nameOf)).toEqual(['house', 'Stable']);
  expect(withName(named, '2', '')).toEqual(both);
  expect(withName(named, '2', 'barn')).toEqual(both);
});

test('what was chosen for its cameras goes with a pairing, as the next one may get its key', () => {
  const stored = { relays: both, mutedCameras: ['gate', '2:gate', '2:yard'] };
  expect(withoutPairing(stored, '2')).toEqual({ relays: [both[0]], mutedCameras: ['gate'] });
  expect(withoutPairing(stored, '')).toEqual({ relays: [both[1]], mutedCameras: ['2:gate', '2:yard'] });
});
