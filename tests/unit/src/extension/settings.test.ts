import { describe, expect, test, vi } from 'vitest';
import { isQuiet, type Settings, settingsStore } from '../../../../src/extension/settings.ts';
import { FakeStorage } from '../../../support/fake-storage.ts';

const RELAY = { address: '127.0.0.1:8780', token: 'x'.repeat(43), relayName: 'gate-host', key: '' };
const fail = (error: unknown): void => {
  throw error;
};

test('nothing stored reads as the defaults', async () => {
  expect(await settingsStore(new FakeStorage()).read()).toEqual({
    relays: [],
    order: 'grouped',
    mode: 'auto',
    targetsMs: {},
    realtime: false,
    dataLimit: undefined,
    notifications: true,
    mutedCameras: [],
    quietHours: undefined,
  });
});

test('what was written is read again', async () => {
  const store = settingsStore(new FakeStorage());
  await store.write({ relays: [RELAY], mode: 'stable', targetsMs: { 'ultra-low': 200 } });
  expect(await store.read()).toMatchObject({
    relays: [RELAY],
    mode: 'stable',
    targetsMs: { 'ultra-low': 200 },
  });
});

test('writing undefined forgets the value', async () => {
  const storage = new FakeStorage();
  const store = settingsStore(storage);
  await store.write({ dataLimit: 5 });
  await store.write({ dataLimit: undefined });
  expect((await store.read()).dataLimit).toBeUndefined();
  expect(storage.items.size).toBe(0);
});

test.each([
  ['mode', 'turbo', 'auto'],
  ['relays', [{ ...RELAY, token: 'short' }], []],
  ['relays', [{ ...RELAY, key: 'Not a key' }], []],
  ['order', 'at random', 'grouped'],
  ['targetsMs', { 'ultra-low': 9000 }, {}],
  ['mutedCameras', ['Not An Id'], []],
  ['dataLimit', 3, undefined],
  ['quietHours', { fromMinute: 0, toMinute: 1440 }, undefined],
  ['notifications', 'yes', true],
])(
  'a stored %s that is not valid reads as its default and spoils nothing else',
  async (key, stored, fallback) => {
    const storage = new FakeStorage();
    await storage.set({ notifications: false, mode: 'balanced', [key]: stored });
    const values = await settingsStore(storage).read();
    expect(values[key as keyof Settings]).toEqual(fallback);
    expect(key === 'mode' ? values.notifications : values.mode).toBe(key === 'mode' ? false : 'balanced');
  },
);

test('pages that change different values do not overwrite each other', async () => {
  const storage = new FakeStorage();
  const [popup, options] = [settingsStore(storage), settingsStore(storage)];
  await Promise.all([popup.write({ mode: 'stable' }), options.write({ notifications: false })]);
  expect(await popup.read()).toMatchObject({ mode: 'stable', notifications: false });
});

test('tells subscribers the new values, and no longer after the cancel', async () => {
  const store = settingsStore(new FakeStorage());
  const seen: string[] = [];
  const cancel = store.subscribe(({ mode }) => seen.push(mode), fail);
  await store.write({ mode: 'stable' });
  await vi.waitFor(() => expect(seen).toEqual(['stable']));
  cancel();
  await store.write({ mode: 'balanced' });
  await store.read();
  expect(seen).toEqual(['stable']);
});

test('does not wake subscribers for a key of someone else', async () => {
  const storage = new FakeStorage();
  let told = 0;
  settingsStore(storage).subscribe(() => {
    told += 1;
  }, fail);
  await storage.set({ other: 1 });
  await storage.get([]);
  expect(told).toBe(0);
});

test.each([
  [{ fromMinute: 60, toMinute: 120 }, 60, true],
  [{ fromMinute: 60, toMinute: 120 }, 119, true],
  [{ fromMinute: 60, toMinute: 120 }, 120, false],
  [{ fromMinute: 1320, toMinute: 420 }, 1400, true],
  [{ fromMinute: 1320, toMinute: 420 }, 100, true],
  [{ fromMinute: 1320, toMinute: 420 }, 420, false],
  [{ fromMinute: 300, toMinute: 300 }, 300, false],
  [undefined, 0, false],
])('quiet hours %o at minute %i: %s', (hours, minute, quiet) => {
  expect(isQuiet(hours, minute)).toBe(quiet);
});

describe('the one pairing of an older version', () => {
  const { key: _key, ...older } = RELAY;

  test('is the first of the list, without anything to do', async () => {
    const storage = new FakeStorage();
    await storage.set({ relay: older, mutedCameras: ['gate'] });
    expect(await settingsStore(storage).read()).toMatchObject({ relays: [RELAY], mutedCameras: ['gate'] });
  });

  test('moves into the list with the first write of it, and does not come back when it is ended', async () => {
    const storage = new FakeStorage();
    await storage.set({ relay: older });
    const store = settingsStore(storage);
    const second = { ...RELAY, address: '127.0.0.1:8781', key: '2' };
    await store.write({ relays: [...(await store.read()).relays, second] });
    expect([...storage.items.keys()]).toEqual(['relays']);
    expect((await store.read()).relays).toEqual([RELAY, second]);
    await store.write({ relays: [] });
    expect((await store.read()).relays).toEqual([]);
  });

  test('that cannot be read is none', async () => {
    const storage = new FakeStorage();
    await storage.set({ relay: { ...older, token: 'short' }, mode: 'stable' });
    expect(await settingsStore(storage).read()).toMatchObject({ relays: [], mode: 'stable' });
  });
});

test('cameras of another relay are muted by their keys', async () => {
  const store = settingsStore(new FakeStorage());
  await store.write({ mutedCameras: ['gate', '2:gate'] });
  expect((await store.read()).mutedCameras).toEqual(['gate', '2:gate']);
});
