/** Whether there is a MediaMTX that the relay can use, what else carries its name, and whether its ports can be had. */
import type { Timers } from '../../src/wire/ports.ts';
import type { Config } from '../config/schema.ts';
import { GET_MEDIAMTX } from '../mediamtx/beside.ts';
import { findMediamtx } from '../mediamtx/find.ts';
import { wishedPorts } from '../mediamtx/options.ts';
import { type PortProbe, takenPorts } from '../mediamtx/ports.ts';
import type { SpawnChild } from '../process/child.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface MediamtxCheck {
  /** Undefined: what `mediamtx.enabled: auto` would find. */
  readonly config: Config | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly spawn: SpawnChild;
  readonly timers: Timers;
  readonly probe: PortProbe;
}

const WHERE = 'mediamtx';

export async function checkMediamtx({ config, probe, ...rest }: MediamtxCheck): Promise<Finding[]> {
  const enabled = config?.mediamtx.enabled ?? 'auto';
  if (enabled === false) return [ok(WHERE, 'not used: mediamtx.enabled is false')];
  const found = await findMediamtx({ ...rest, configured: config?.mediamtx.path });
  if (found.kind === 'none') {
    if (enabled === true) return [fail(WHERE, found.problem, GET_MEDIAMTX)];
    const instead = 'the wall plays without it, but has no real-time pictures';
    return found.passedOver.length === 0
      ? [ok(WHERE, `none found: ${instead}`)]
      : [warn(WHERE, `${found.problem}: ${instead}`, GET_MEDIAMTX)];
  }
  const taken = config === undefined ? [] : await takenPorts(wishedPorts(config), probe);
  return [
    ok(WHERE, `${found.path} is version ${found.version.text}`),
    ...found.passedOver.map((problem) => warn(WHERE, `${problem}; passed over`, 'Remove or replace it.')),
    ...taken.map(({ key, what }) =>
      fail(
        key,
        what,
        'End it, or configure another port or none. A relay that already runs here is no fault.',
      ),
    ),
  ];
}
