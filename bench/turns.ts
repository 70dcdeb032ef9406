/** In which order systems are measured. Pure. */

/**
 * There and back, A B B A: what changes slowly on the host (heat, a neighbour, a cache) meets every system alike.
 * @returns one list a round
 */
export function turns<T>(systems: readonly T[], rounds: number): T[][] {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? [...systems] : [...systems].reverse(),
  );
}
