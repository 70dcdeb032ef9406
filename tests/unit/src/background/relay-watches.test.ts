import { expect, test } from 'vitest';
import { RelayWatches, type WatchedPort } from '../../../../src/background/relay-watches.ts';
import type { PairedRelay } from '../../../../src/extension/settings.ts';

const relay = (key: string, token = 'x'): PairedRelay => ({
  address: `10.0.0.${key || 1}:8780`,
  token: token.repeat(43),
  relayName: key,
  key,
});

function setUp() {
  const told: string[] = [];
  const watches = new RelayWatches((key): WatchedPort => {
    const tell = (what: string): void => {
      told.push(`${key || 'first'} ${what}`);
    };
    return {
      status: { phase: 'open', reason: '', name: key, cameras: [] },
      start: async () => tell('start'),
      follow: ({ token }) => tell(`follow ${token[0]}`),
      forget: async () => tell('forget'),
      retryNow: () => tell('retry'),
      checkNotices: async () => tell('check'),
    };
  });
  /** What was told since the last look. */
  const news = (): string[] => told.splice(0);
  return { watches, news };
}

test('each pairing is watched by itself: new ones start, others follow, and one that is ended is forgotten', async () => {
  const { watches, news } = setUp();
  await watches.follow([relay(''), relay('2')]);
  expect(news()).toEqual(['first start', '2 start']);
  await watches.follow([relay('', 'y'), relay('3')]);
  expect(news()).toEqual(['2 forget', 'first follow y', '3 start']);
  expect(watches.statuses.map((status) => status?.name)).toEqual(['', '3']);
});

test('one is tried again, or all', async () => {
  const { watches, news } = setUp();
  await watches.follow([relay(''), relay('2')]);
  news();
  watches.retryNow('2');
  expect(news()).toEqual(['2 retry']);
  watches.retryNow('');
  expect(news()).toEqual(['first retry']);
  watches.retryNow();
  await watches.checkNotices();
  expect(news()).toEqual(['first retry', '2 retry', 'first check', '2 check']);
});
