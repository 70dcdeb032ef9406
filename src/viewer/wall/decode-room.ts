/**
 * Which tiles may decode a passed-on rung that is larger than they need, so that the relay does not have to make a
 * smaller one: as many as this browser has room for. Pure.
 */
import type { DecodeWish } from '../tile/rung-choice.ts';

const FULL_HD_30_PPS = 1920 * 1088 * 30;
/**
 * Pixels per second that one logical processor may decode beyond what is shown: on two, one 4K stream of 25 pictures a
 * second, and beside it the substreams of ten cameras in tiles that are smaller still.
 * Decoding by software takes a third of it (measured with libavcodec: 0.2 core for 1080p at 30), here as well as on the
 * relay's host, where the encoder comes on top: 0.94 core from 2160p to 720p.
 */
const PER_CORE_PPS = 1.75 * FULL_HD_30_PPS;
/** What video hardware of the last ten years decodes: 2160p at 60 pictures a second, or eight of 1080p at 30. */
const HARDWARE_PPS = 8 * FULL_HD_30_PPS;
/** A tile that has its wish keeps it while the sum goes a little over, as measured picture rates do. */
const KEEP = 1.15;

/**
 * What tiles need anyway does not count against the rest: enlarging one tile must not make the relay encode the others.
 * @param wishes by camera, of all tiles of the wall
 * @param before cameras that have their wish now
 * @param cores the browser's `hardwareConcurrency`
 * @returns cameras that may have theirs
 */
export function decodeRoom(
  wishes: ReadonlyMap<string, DecodeWish>,
  before: ReadonlySet<string>,
  cores: number,
): ReadonlySet<string> {
  const extra = ({ leastPps, passedOnPps }: DecodeWish): number => passedOnPps - leastPps;
  const wishing = [...wishes].filter(([, wish]) => extra(wish) > 0);
  const hardware = wishing.every(([, { powerEfficient }]) => powerEfficient);
  const limitPps = Math.max(cores * PER_CORE_PPS, hardware ? HARDWARE_PPS : 0);
  // Who has it first, so that a tile that comes takes nothing from one that plays; then as many as possible.
  wishing.sort(
    ([a, wishA], [b, wishB]) =>
      Number(before.has(b)) - Number(before.has(a)) || extra(wishA) - extra(wishB) || (a < b ? -1 : 1),
  );
  let sumPps = 0;
  const granted = new Set<string>();
  for (const [camera, wish] of wishing) {
    const withIt = sumPps + extra(wish);
    if (withIt > limitPps * (before.has(camera) ? KEEP : 1)) continue;
    sumPps = withIt;
    granted.add(camera);
  }
  return granted;
}
