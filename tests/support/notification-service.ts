/** A desktop notification service on a private D-Bus, so that a test sees what reaches the desktop. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Debian's python, which sees python3-dbusmock; another one first on PATH may not. */
const PYTHON = '/usr/bin/python3';

/** Undefined when the service can run here, else what is missing: for the name of a skipped test. */
export function notificationServiceMissing(): string | undefined {
  const mock = spawnSync(PYTHON, ['-c', 'import dbusmock'], { stdio: 'ignore' }).status === 0;
  const bus = spawnSync('dbus-daemon', ['--version'], { stdio: 'ignore' }).status === 0;
  return mock && bus ? undefined : 'dbus-daemon or python3-dbusmock is not installed';
}

export interface NotificationService {
  /** Environment for a program that shall use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls so far, one line each, as in `Notify "Chromium" 0 "" "title" "body" …`. */
  calls(): string;
  stop(): Promise<void>;
}

export async function startNotificationService(): Promise<NotificationService> {
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [address] = await once(createInterface(bus.stdout), 'line');
  const env = { DBUS_SESSION_BUS_ADDRESS: String(address) };
  // Without `actions` and `body` Chromium draws its own notification and the desktop hears nothing.
  const mock = spawn(
    PYTHON,
    ['-u', '-m', 'dbusmock', '--template', 'notification_daemon', '-p', '{"capabilities": "actions body"}'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  );
  let calls = '';
  mock.stdout.on('data', (chunk) => {
    calls += String(chunk);
  });
  return {
    env,
    calls: () => calls,
    async stop() {
      await end(mock);
      await end(bus);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
