import { expect, test } from 'vitest';
import type { LinkTarget } from '../../../../src/extension/relay-address.ts';
import type { LinkStatus } from '../../../../src/extension/relay-link.ts';
import { EMPTY_RELAY_STATE, type RelayState } from '../../../../src/extension/relay-state.ts';
import type { PairedRelay } from '../../../../src/extension/settings.ts';
import { type WallLink, WallRelays } from '../../../../src/viewer/wall-relays.ts';
import { cameraState } from '../../../support/wall-state.ts';

class FakeLink implements WallLink {
  static made: FakeLink[] = [];
  status: LinkStatus = { phase: 'connecting', reason: '', refusal: undefined, retryAtMs: undefined };
  state: RelayState = EMPTY_RELAY_STATE;
  offsetMs = 0;
  rttMs = 1;
  coarseOffsetMs = 0;
  readonly told: string[] = [];
  #listener = (): void => {};

  constructor() {
    FakeLink.made.push(this);
  }

  start({ controlUrl }: LinkTarget): void {
    this.told.push(`start ${controlUrl}`);
  }

  stop(): void {
    this.told.push('stop');
  }

  retryNow(): void {
    this.told.push('retry');
  }

  recheck(): void {
    this.told.push('recheck');
  }

  async command(input: object): Promise<undefined> {
    this.told.push(JSON.stringify(input));
  }

  onChange(listener: () => void) {
    this.#listener = listener;
    return () => {};
  }

  says(state: Partial<RelayState>): void {
    this.state = { ...this.state, ...state };
    this.#listener();
  }
}

const relay = (key: string, more: Partial<PairedRelay> = {}): PairedRelay => ({
  address: `10.0.0.${key || 1}:8780`,
  token: 'x'.repeat(43),
  relayName: `relay ${key}`,
  key,
  ...more,
});

function setUp() {
  FakeLink.made = [];
  const changed: string[] = [];
  const gone: string[] = [];
  const relays = new WallRelays({
    create: () => new FakeLink(),
    onChange: (key) => changed.push(key),
    onGone: (key) => gone.push(key),
  });
  relays.follow([relay(''), relay('2')]);
  const [first, second] = FakeLink.made;
  if (first === undefined || second === undefined) throw new Error('no links');
  return { relays, changed, gone, first, second };
}

test('the cameras of another relay go by their keys, and commands about them by its own ids', async () => {
  const { relays, first, second } = setUp();
  for (const link of [first, second]) link.says({ cameras: [cameraState()] });
  expect(relays.all().map(({ state }) => state.cameras[0]?.id)).toEqual(['gate', '2:gate']);
  await relays.restart('2:gate');
  expect(second.told.at(-1)).toBe('{"command":"restart-camera","camera":"gate"}');
  expect(first.told).toHaveLength(1);
  relays.recheck('2');
  expect(second.told.at(-1)).toBe('recheck');
});

test('what did not change is the same object from one look to the next', () => {
  const { relays, second } = setUp();
  second.says({ cameras: [cameraState()] });
  const before = relays.get('2')?.state;
  expect(relays.get('2')?.state).toBe(before);
  second.says({ features: [] });
  expect(relays.get('2')?.state).not.toBe(before);
});

test('a new token connects anew, a new name does not, and a pairing that is ended is let go', () => {
  const { relays, changed, gone, first, second } = setUp();
  relays.follow([relay('', { ownName: 'Home' }), relay('2', { token: 'y'.repeat(43) })]);
  expect(relays.get('')?.name).toBe('Home');
  expect(first.told).toEqual(['start ws://10.0.0.1:8780/control']);
  expect(second.told).toHaveLength(2);
  relays.follow([relay('')]);
  expect([gone, second.told.at(-1)]).toEqual([['2'], 'stop']);
  changed.length = 0;
  second.says({});
  expect(changed).toEqual([]);
});

test('it is called as its user, itself, or its pairing says, in this order', () => {
  const { relays, second } = setUp();
  expect(relays.get('2')?.name).toBe('relay 2');
  second.says({ relay: { id: 'b', name: 'barn', version: '0' } });
  expect(relays.get('2')?.name).toBe('barn');
  relays.follow([relay(''), relay('2', { ownName: 'Stable' })]);
  expect(relays.get('2')?.name).toBe('Stable');
});
