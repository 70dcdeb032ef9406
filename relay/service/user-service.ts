/** The relay as a service of one user: whether systemd takes one here, and handing it over. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { describeEnding } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';

export interface UserServiceDeps extends ShortRunDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home of the user. */
  readonly home: string;
}

const LIMIT_MS = 20_000;
/** By these systemctl finds the manager of the user; the children of the relay see next to nothing of its environment. */
const NEEDED = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

/** Whether systemd runs this host, as sd_booted(3) has it: not in most containers, where it may be installed all the same. */
export const systemdRuns = (): boolean => existsSync('/run/systemd/system');

/** Whether a systemd of this user answers. */
export async function userServicesHere(deps: UserServiceDeps): Promise<boolean> {
  return (await systemctl(deps, ['show-environment'])) === undefined;
}

/**
 * Writes the unit and starts it, now and with each login.
 * @param unit as of `unitText`, for a user
 * @returns undefined when it runs, else why not, as half a sentence
 * @throws the system's error when the unit cannot be written
 */
export async function startUserService(deps: UserServiceDeps, unit: string): Promise<string | undefined> {
  const file = userUnitFile(deps);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, unit);
  return (
    (await systemctl(deps, ['daemon-reload'])) ?? (await systemctl(deps, ['enable', '--now', 'lockstep']))
  );
}

/** Where systemd looks for a unit of the user first (systemd.unit(5)). */
export function userUnitFile({ env, home }: Pick<UserServiceDeps, 'env' | 'home'>): string {
  const { XDG_CONFIG_HOME: config } = env;
  const base = config !== undefined && isAbsolute(config) ? config : join(home, '.config');
  return join(base, 'systemd', 'user', 'lockstep.service');
}

/** @returns why it did not work */
async function systemctl(deps: UserServiceDeps, args: readonly string[]): Promise<string | undefined> {
  const passed = NEEDED.flatMap((name) =>
    deps.env[name] === undefined ? [] : [`${name}=${deps.env[name]}`],
  );
  let said = '';
  const { ending, late } = await runShort(deps, {
    spec: { program: 'env', args: [...passed, 'systemctl', '--user', ...args] },
    limitMs: LIMIT_MS,
    onStderr: (text) => {
      said += text;
    },
  });
  if (late) return 'systemctl does not answer';
  if (ending.kind === 'exit' && ending.code === 0) return undefined;
  return said.trim().split('\n')[0] || describeEnding(ending, 'systemctl');
}
