/** How a budget in kbit/s is shared among the tiles of a wall, rung by rung. Pure. */
import type { RungStep } from '../tile/rung-steps.ts';

export interface BudgetTile {
  readonly camera: string;
  /** By how much its newest part was later than its promptest; undefined before the first. */
  readonly lagMs: number | undefined;
  /** It tells of the link, see wall-need.ts. */
  readonly tells: boolean;
  /** All that its sockets brought, ever. */
  readonly receivedBytes: number;
  /** What the relay left out, ever, since the tile read too slowly. */
  readonly skippedParts: number;
  readonly shownHeightPx: number;
  /** What it can play up to what it would like, by rate, smallest first. */
  readonly steps: readonly RungStep[];
  /** Of what it plays; undefined while that is not known. */
  readonly currentKbps: number | undefined;
}

/** An enlarged tile comes before the others. */
const FOCUS = 1.5;

/** One tile's part of the budget. */
export interface Share {
  readonly tile: BudgetTile;
  /** Index of its step. */
  at: number;
}

/**
 * The enlarged tile first, as far as it goes; then all by a step in turn, largest first. None of them gets as much as the
 * enlarged one while that has less than it would like: what is left over is for its next step.
 */
export function allot(tiles: readonly BudgetTile[], budgetKbps: number): Share[] {
  const shares = tiles.filter(({ steps }) => steps.length > 0).map((tile): Share => ({ tile, at: 0 }));
  let sumKbps = sumOf(shares);
  const focus = focusOf(tiles);
  const focused = shares.find(({ tile }) => tile === focus);
  const raise = (share: Share): boolean => {
    const more = costOf(share);
    if (share !== focused && passes(share, focused)) return false;
    if (more === undefined || sumKbps + more > budgetKbps) return false;
    sumKbps += more;
    share.at += 1;
    return true;
  };
  while (focused !== undefined && raise(focused));
  const order = shares.toSorted((a, b) => b.tile.shownHeightPx - a.tile.shownHeightPx);
  while (order.map(raise).some(Boolean));
  return shares;
}

/** With its next step it would have as much as the enlarged tile, which would like more. */
function passes({ tile, at }: Share, focused: Share | undefined): boolean {
  if (focused === undefined || focused.at >= focused.tile.steps.length - 1) return false;
  return (tile.steps[at + 1]?.kbps ?? 0) >= (focused.tile.steps[focused.at]?.kbps ?? 0);
}

/** Who goes up next: the enlarged tile, then the one that is furthest down, larger tiles first. */
export function byNeed(shares: readonly Share[]): Share[] {
  const focus = focusOf(shares.map(({ tile }) => tile));
  return shares.toSorted(
    (a, b) =>
      Number(b.tile === focus) - Number(a.tile === focus) ||
      a.at - b.at ||
      b.tile.shownHeightPx - a.tile.shownHeightPx,
  );
}

export function focusOf(tiles: readonly BudgetTile[]): BudgetTile | undefined {
  const [first, second] = tiles.toSorted((a, b) => b.shownHeightPx - a.shownHeightPx);
  return first !== undefined && first.shownHeightPx > FOCUS * (second?.shownHeightPx ?? 0)
    ? first
    : undefined;
}

/** What the next step takes more; undefined at the last. */
export function costOf({ tile: { steps }, at }: Share): number | undefined {
  const next = steps[at + 1];
  return next === undefined ? undefined : next.kbps - (steps[at]?.kbps ?? 0);
}

export function kbpsOf(tiles: readonly BudgetTile[]): number {
  return tiles.reduce((sum, { currentKbps = 0 }) => sum + currentKbps, 0);
}

export function sumOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { tile, at }) => sum + (tile.steps[at]?.kbps ?? 0), 0);
}
