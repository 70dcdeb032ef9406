/** Polls a condition in tests of real programs: ends as soon as it holds, fails with its last value. */

/**
 * @param read gives the value that the condition looks at
 * @throws Error naming `what` and the last value when it did not hold in time
 */
export async function eventually<T>(
  what: string,
  read: () => Promise<T> | T,
  holds: (value: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}; last seen ${JSON.stringify(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
