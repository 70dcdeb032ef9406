import { expect, test } from 'vitest';
import type { LinkStatus } from '../../../../../src/extension/relay-link.ts';
import { screenFor } from '../../../../../src/viewer/ui/screen.ts';

/** Of one relay. */
const screenOf = ({ link, ...rest }: { paired: boolean | undefined; link: LinkStatus; cameras: number }) =>
  screenFor({ ...rest, relays: [{ name: 'gate-host', link }] });

const OPEN: LinkStatus = { phase: 'open', reason: '', refusal: undefined, retryAtMs: undefined };
const WAITING: LinkStatus = { ...OPEN, phase: 'waiting', reason: 'Cannot reach the relay.', retryAtMs: 99 };

test('waits for the settings before it says anything', () => {
  expect(screenOf({ paired: undefined, link: OPEN, cameras: 0 })).toEqual({ show: 'loading' });
});

test('without a pairing it leads to one', () => {
  const screen = screenOf({ paired: false, link: { ...OPEN, phase: 'off' }, cameras: 0 });
  expect(screen).toEqual({ show: 'first-steps' });
});

test('an unreachable relay is named, with the next attempt and a way to hurry it', () => {
  expect(screenOf({ paired: true, link: WAITING, cameras: 0 })).toMatchObject({
    show: 'message',
    text: 'Cannot reach the relay.',
    action: 'retry',
    retryAtMs: 99,
  });
});

test('the first attempt is no failure yet, a later one still is', () => {
  expect(screenOf({ paired: true, link: { ...OPEN, phase: 'connecting' }, cameras: 0 }).show).toBe('loading');
  const again: LinkStatus = { ...WAITING, phase: 'connecting', retryAtMs: undefined };
  expect(screenOf({ paired: true, link: again, cameras: 0 })).toMatchObject({
    title: 'The relay cannot be reached',
  });
});

test('a refused token and TLS lead to the settings, a version mismatch does not', () => {
  const refused: LinkStatus = { ...WAITING, phase: 'refused', retryAtMs: undefined };
  expect(screenOf({ paired: true, link: { ...refused, refusal: 'unauthorized' }, cameras: 0 })).toMatchObject(
    {
      title: 'This browser is no longer paired',
      action: 'options',
    },
  );
  expect(screenOf({ paired: true, link: { ...refused, refusal: 'version' }, cameras: 0 })).toMatchObject({
    title: 'Relay and extension do not fit',
    action: 'retry',
  });
  expect(screenOf({ paired: true, link: { ...refused, refusal: 'tls' }, cameras: 0 })).toMatchObject({
    title: 'The relay is reached over TLS only now',
    action: 'options',
  });
});

test('a relay without cameras says what to configure', () => {
  expect(screenOf({ paired: true, link: OPEN, cameras: 0 })).toMatchObject({
    title: 'The relay has no cameras',
  });
});

test('with cameras the tiles stay, under a warning while the relay is away', () => {
  expect(screenOf({ paired: true, link: OPEN, cameras: 3 })).toEqual({ show: 'tiles', warning: undefined });
  expect(screenOf({ paired: true, link: WAITING, cameras: 3 })).toEqual({
    show: 'tiles',
    warning: { text: 'Cannot reach the relay.', action: 'retry', retryAtMs: 99 },
  });
});

test('of several relays the one that fails is named above the tiles of all', () => {
  const relays = [
    { name: 'house', link: OPEN },
    { name: 'barn', link: WAITING },
  ];
  expect(screenFor({ paired: true, relays, cameras: 2 })).toEqual({
    show: 'tiles',
    warning: { text: 'barn: Cannot reach the relay.', action: 'retry', retryAtMs: 99 },
  });
});
