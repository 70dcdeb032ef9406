import { defineConfig } from 'vitest/config';

/** They judge how much CPU time a picture takes, and when each came to the millisecond: nothing else may run meanwhile. */
const INTEGRATION_ALONE = ['beside', 'encoder', 'ladder'].map((name) => `tests/integration/${name}.test.ts`);

/** They judge how smoothly several tiles play at a latency of some 100 ms, or draw large pictures. */
const BROWSER_ALONE = ['calibration', 'hidden', 'realtime-rungs', 'rungs', 'several-relays', 'wall'].map(
  (name) => `tests/browser/${name}.test.ts`,
);

/**
 * Real programs beside each other on a machine that others share: a test that fails is tried once more, and `npm test`
 * names it with what it said. What is broken fails twice.
 */
const REAL_PROGRAMS = { retry: 1 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          // There is no browser to ask for texts.
          setupFiles: ['tests/support/english.ts'],
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
          ...REAL_PROGRAMS,
          include: ['tests/integration/**/*.test.ts'],
          exclude: INTEGRATION_ALONE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Mostly they wait, for a program to come up or for its fault to be noticed. Each has its own ports and folders.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration-alone',
          ...REAL_PROGRAMS,
          include: INTEGRATION_ALONE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          ...REAL_PROGRAMS,
          include: ['tests/browser/**/*.test.ts'],
          exclude: BROWSER_ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Mostly they wait, for a browser to start and for pictures. Each has its own browser and relay.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'browser-alone',
          ...REAL_PROGRAMS,
          include: BROWSER_ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
