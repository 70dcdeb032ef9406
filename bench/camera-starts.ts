/** From the start of the relay to the first picture of its cameras, those that it knows and those that it never saw. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scope, say } from '../rig/cli.ts';
import { startRelay } from '../rig/relay.ts';
import { firstPictures, toolToken } from '../rig/relay-start.ts';
import { summarise } from '../src/viewer/measure/samples.ts';
import type { StartsRun } from './camera-rows.ts';

/** Of each kind. */
const STARTS = 6;
/** A camera that was watched for this long is known; uneven, so that starts meet all moments of a group of pictures. */
const KNOWN_AFTER_MS = 3_300;

/** @param cameras as the relay's configuration has them */
export async function measureStarts(
  cameras: readonly { readonly id: string }[],
  scope: Scope,
): Promise<StartsRun> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-start-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const config = { mediamtx: { enabled: false }, server: { host: '127.0.0.1' }, cameras };
  const relay = await startRelay(config, { folder });
  scope.defer(() => relay.stop());
  const token = await toolToken(relay);
  const ids = cameras.map(({ id }) => id);
  const times = { fresh: [] as number[], known: [] as number[] };
  for (let start = 1; start <= STARTS; start += 1) {
    say(`Start ${start} of ${STARTS}, never seen and known …`);
    for (const kind of ['fresh', 'known'] as const) {
      times[kind].push(...(await firstPictures(relay, ids, { folder, token, forget: kind === 'fresh' })));
      await sleep(KNOWN_AFTER_MS + 170 * start, undefined, { signal: scope.aborted });
    }
  }
  return { asked: STARTS * ids.length, fresh: summarise(times.fresh), known: summarise(times.known) };
}
