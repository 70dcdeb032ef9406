import { describe, expect, test } from 'vitest';
import type { RelayStatus } from '../../../../src/extension/status.ts';
import { headLine, type KnownRelay, relayLine } from '../../../../src/popup/relay-line.ts';

const PAIRED = { address: '127.0.0.1:8780', token: 'x'.repeat(43), relayName: 'gate-host', key: '' };
const BASE: RelayStatus = { phase: 'open', reason: '', name: 'gate-host', cameras: [] };

test('without a pairing it offers to pair', () => {
  expect(relayLine(undefined, undefined, 0)).toMatchObject({ word: 'Not paired', action: 'options' });
});

test('connected, it is the relay’s name and nothing to do', () => {
  expect(relayLine(PAIRED, BASE, 0)).toEqual({
    word: 'gate-host',
    tone: 'good',
    detail: '',
    action: undefined,
  });
});

test('unreachable, it says why, when it tries again, and lets the user try now', () => {
  const line = relayLine(PAIRED, { ...BASE, phase: 'waiting', reason: 'Gone.', retryAtMs: 6400 }, 1000);
  expect(line).toMatchObject({ tone: 'bad', detail: 'Gone. Next try in 6 s.', action: 'retry' });
});

test('a wait that is over counts as zero', () => {
  expect(relayLine(PAIRED, { ...BASE, phase: 'waiting', reason: '', retryAtMs: 500 }, 1000).detail).toContain(
    '0 s',
  );
});

test('a refused token leads to pairing, a version mismatch to another try after the update', () => {
  const refused: RelayStatus = { ...BASE, phase: 'refused', reason: 'Pair again.' };
  expect(relayLine(PAIRED, { ...refused, refusal: 'unauthorized' }, 0)).toMatchObject({
    word: 'No longer paired',
    detail: 'Pair again.',
    action: 'options',
  });
  expect(
    relayLine(PAIRED, { ...refused, refusal: 'version', reason: 'Update the relay.', retryAtMs: 40_000 }, 0),
  ).toMatchObject({ word: 'Update needed', detail: 'Update the relay. Next try in 40 s.', action: 'retry' });
});

test('a relay that takes TLS only now leads to pairing', () => {
  expect(
    relayLine(PAIRED, { ...BASE, phase: 'refused', reason: 'Pair again.', refusal: 'tls' }, 0),
  ).toMatchObject({
    word: 'TLS only now',
    action: 'options',
  });
});

test('before the background has spoken it is connecting', () => {
  expect(relayLine(PAIRED, undefined, 0).word).toBe('Connecting');
});

describe('the head of several relays', () => {
  const known = (name: string, status: RelayStatus | undefined): KnownRelay => ({
    paired: { ...PAIRED, relayName: name },
    status,
  });
  const open: RelayStatus = { phase: 'open', reason: '', name: 'x', cameras: [] };
  const lost: RelayStatus = { ...open, phase: 'waiting', reason: 'Cannot reach it.' };

  test('names the one that is not well, and counts them when there are more', () => {
    expect(headLine([known('house', open), known('barn', lost)], 0)).toMatchObject({
      word: 'barn: Relay unreachable',
      tone: 'bad',
      action: undefined,
    });
    expect(headLine([known('house', lost), known('barn', lost), known('shed', open)], 0).word).toMatch(
      /^2 of 3/,
    );
  });

  test('says how many are well, or still being asked', () => {
    expect(headLine([known('house', open), known('barn', open)], 0)).toMatchObject({
      tone: 'good',
      word: '2 relays',
    });
    expect(headLine([known('house', open), known('barn', undefined)], 0)).toMatchObject({ tone: 'wait' });
  });

  test('of one is its own line, and of none the way to pair', () => {
    expect(headLine([known('house', lost)], 0)).toEqual(relayLine(PAIRED, lost, 0));
    expect(headLine([], 0).action).toBe('options');
  });
});
