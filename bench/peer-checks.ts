/** What Lockstep is held to beside its peers, in medians of the same rounds. Pure. */
import { round } from '../rig/output.ts';
import { atMost, type Check } from './checks.ts';
import type { PeerRow } from './peer-rows.ts';

/** A wall of this many tiles is a large one. */
const LARGE = 9;
const MSE = 'go2rtc-mse';

/**
 * The same rows, Lockstep's with its checks.
 * @param rows of the same cameras in the same scenario; a peer that was not measured takes its checks with it
 */
export function withChecks(rows: readonly PeerRow[]): PeerRow[] {
  const peers = rows.filter(({ system }) => !system.startsWith('lockstep'));
  return rows.map((row) => {
    if (row.system !== 'lockstep' && row.system !== 'lockstep-offset') return row;
    return { ...row, checks: row.scenario === 'calm' ? calm(row, peers) : disturbed(row, peers) };
  });
}

function calm(own: PeerRow, peers: readonly PeerRow[]): Check[] {
  const large = own.tiles >= LARGE;
  const full = large && own.fps >= 30;
  const mse = peers.find(({ system }) => system === MSE);
  const p95 = own.medians.latencyP95Ms;
  return [
    ...times(`browser cores of ${MSE}`, own.medians.browserCores, mse?.medians.browserCores, large ? 1 : 1.1),
    ...times(`latency p95 of ${MSE}`, p95, mse?.medians.latencyP95Ms, full ? 0.5 : 0.35),
    ...bestSkew(own, peers),
    ...(large ? [atMost('relay tree cores a camera', perCamera(own), 0.02)] : []),
    ...(full
      ? [atMost('latency p95 in ms', p95, 550), atMost('longest gap in ms', own.longestGapMs, 1_000)]
      : []),
  ];
}

/**
 * Beside trouble: every peer's skew; with a restarted camera, of the time after it, and none where its tile showed
 * nothing then.
 */
function disturbed(own: PeerRow, peers: readonly PeerRow[]): Check[] {
  const skew = ({ scenario, medians, unreadableAfter }: PeerRow): number | null =>
    scenario !== 'restart' ? medians.skewP95Ms : unreadableAfter === 0 ? medians.skewAfterP95Ms : null;
  return peers.flatMap((peer) => times(`skew p95 of ${peer.system}`, skew(own), skew(peer), 0.3));
}

function bestSkew(own: PeerRow, peers: readonly PeerRow[]): Check[] {
  const best = peers
    .flatMap(({ system, medians: { skewP95Ms: p95 } }) => (p95 === null ? [] : [{ system, p95 }]))
    .toSorted((a, b) => a.p95 - b.p95)[0];
  if (best === undefined) return [];
  return [
    atMost(`skew p95 in ms (best peer ${best.system} + 10)`, own.medians.skewP95Ms, round(best.p95 + 10)),
  ];
}

function perCamera({ medians: { serverCores }, tiles }: PeerRow): number | null {
  return serverCores === null ? null : round(serverCores / tiles, 4);
}

/** Our share of a peer's figure. */
function times(
  what: string,
  own: number | null | undefined,
  peer: number | null | undefined,
  limit: number,
): Check[] {
  if (typeof peer !== 'number' || peer <= 0) return [];
  // In thousandths: 0.353 is above 0.35.
  return [atMost(`× ${what}`, typeof own === 'number' ? round(own / peer, 3) : null, limit)];
}
