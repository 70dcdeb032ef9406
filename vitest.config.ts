import { defineConfig } from 'vitest/config';

/** They judge how much CPU time a picture takes, and when each came to the millisecond: nothing else may run meanwhile. */
const ALONE = ['beside', 'encoder', 'ladder'].map((name) => `tests/integration/${name}.test.ts`);

/**
 * They judge order and state, and held twice on two cores with a load of 13 to 15. The other browser tests judge when
 * pictures come, or draw large ones.
 */
const BROWSER_IN_PAIRS = ['desktop-notification', 'pairing', 'toolbar', 'two-walls'].map(
  (name) => `tests/browser/${name}.test.ts`,
);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          environment: 'node',
          // No unit test patches a global, so none needs a process of its own: 17 s instead of 73 on two cores.
          // The slowest takes 2.5 s alone; on a host that others fill it hit the usual 5 s.
          testTimeout: 20_000,
          pool: 'threads',
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          exclude: ALONE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Mostly they wait, for a program to come up or for its fault to be noticed. Each has its own ports and folders.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration-alone',
          include: ALONE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser-pairs',
          include: BROWSER_IN_PAIRS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Mostly they wait, for a browser to start and for pictures. Each has its own browser and relay.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          exclude: BROWSER_IN_PAIRS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
