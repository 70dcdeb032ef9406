/**
 * How long a stream may give nothing before its process is held to hang: by where its pictures come from, and by what the
 * system says of the process. Pure.
 */
import type { Activity } from '../process/activity.ts';
import type { IngestStream } from './ingest-job.ts';

/** Nothing is asked before. What is stopped has no more time than this. */
export const HANG_MS = 1_000;
/** A device or a file may pause. */
const RAW_MS = 2_000;
/** So may a network, and to connect anew would only add to that. */
const NETWORK_MS = 3_000;
/** What a full host does not let run would have to begin anew there. */
const BUSY_MS = 5_000;
/** What is drawn here comes evenly: silence of so many pictures is none of its own. */
const DRAWN_FRAMES = 8;

/**
 * @param silentMs so long nothing came; at least {@link HANG_MS}
 * @param activity of its process; undefined where that is not known
 * @returns true when it is given more time
 */
export function maySleep(
  { own, camera: { source } }: Pick<IngestStream, 'own' | 'camera'>,
  silentMs: number,
  activity: Activity | undefined,
): boolean {
  if (activity === 'stopped') return false;
  if (own) return silentMs < NETWORK_MS;
  if (activity === 'busy') return silentMs < BUSY_MS;
  const even = source.type === 'test' && activity === 'waiting';
  return silentMs < (even ? (DRAWN_FRAMES * 1_000) / source.fps : RAW_MS);
}
