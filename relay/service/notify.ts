/**
 * Tells the service manager that the relay is ready, and again and again that it is alive (sd_notify(3)), by the program
 * systemd-notify. A relay that hangs cannot say so, and is replaced.
 */
import type { Cancel } from '../../src/wire/ports.ts';
import { describeEnding } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';

export interface NotifyDeps extends ShortRunDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

const LIMIT_MS = 5_000;
/** As sd_watchdog_enabled(3) advises: half of the time after which the manager acts. */
const SHARE = 0.5;

/**
 * To be called once the relay serves. Does nothing where no service manager listens.
 * @returns ends it, and tells the manager that the relay is stopping
 */
export function notifyReady({ env, log, ...run }: NotifyDeps): Cancel {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog } = env;
  if (socket === undefined || socket === '') return () => undefined;
  let failed = false;
  const say = async (words: string): Promise<void> => {
    // The children of the relay see next to nothing of its environment.
    const spec = { program: 'env', args: [`NOTIFY_SOCKET=${socket}`, 'systemd-notify', words] };
    const { ending, late } = await runShort(run, { spec, limitMs: LIMIT_MS });
    const told = !late && ending.kind === 'exit' && ending.code === 0;
    if (!told && !failed)
      log.warn(
        { why: late ? 'it did not end' : describeEnding(ending, 'systemd-notify') },
        'systemd cannot be told that the relay is well, and will restart it',
      );
    failed = !told;
  };
  void say('READY=1');
  const periodMs = (Number(watchdog) / 1000) * SHARE;
  const cancel = periodMs > 0 ? run.timers.every(periodMs, () => void say('WATCHDOG=1')) : () => undefined;
  return () => {
    cancel();
    void say('STOPPING=1');
  };
}
