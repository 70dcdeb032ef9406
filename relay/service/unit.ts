/**
 * The relay as a systemd unit, as text. Pure. What each line is for: systemd.exec(5), systemd.service(5).
 */
import { dirname } from 'node:path';

export interface Unit {
  /** The program and what stands before the command, absolute paths. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly config: string;
  /** The account that the relay runs as; undefined: a unit for the service manager of one user. */
  readonly account: string | undefined;
  /** Absolute path of the data folder; undefined: {@link STATE_DIR}. */
  readonly dataDir: string | undefined;
}

/** What systemd makes and gives to the account (StateDirectory in systemd.exec(5)). */
export const STATE_DIR = '/var/lib/lockstep';

/** How long the relay may not answer before systemd replaces it. */
const WATCHDOG_S = 30;
/** Its processes are gone after 3 s at most; one that hangs is killed then. */
const STOP_WITHIN_S = 8;

/**
 * Nothing of the system is writable but its own folders, no new privileges, no kernel, no other user's processes. What is
 * left open: memory that is written and executed, by which V8 compiles, and the keys by which it protects that (pkeys(7),
 * where the processor has them); network; video devices, for cameras and encoders;
 * /proc/stat, by which the relay knows how busy its host is.
 */
const HARDENING = [
  ...['CapabilityBoundingSet=', 'AmbientCapabilities=', 'NoNewPrivileges=yes', 'UMask=0077'],
  ...['ProtectSystem=strict', 'ProtectHome=read-only', 'PrivateTmp=yes', 'ProtectProc=invisible'],
  ...['ProtectClock=yes', 'ProtectHostname=yes', 'ProtectKernelLogs=yes', 'ProtectKernelModules=yes'],
  ...['ProtectKernelTunables=yes', 'ProtectControlGroups=yes', 'RemoveIPC=yes'],
  ...['RestrictNamespaces=yes', 'RestrictRealtime=yes', 'RestrictSUIDSGID=yes', 'LockPersonality=yes'],
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  ...['SystemCallArchitectures=native', 'SystemCallFilter=@system-service @pkey'],
  // Refused, not killed for it: Node and drivers go on without what they only try.
  ...['SystemCallFilter=~@privileged', 'SystemCallErrorNumber=EPERM'],
  ...['DevicePolicy=closed', 'DeviceAllow=char-video4linux rw', 'DeviceAllow=char-drm rw'],
];

export function unitText({ program, config, account, dataDir }: Unit): string {
  const command = [...program, 'run', '--config', config].map(quoted).join(' ');
  return [
    '[Unit]',
    'Description=Lockstep, relay of the camera wall',
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=notify',
    '# systemd-notify speaks for the relay: Node has no datagram sockets of that kind.',
    'NotifyAccess=all',
    `ExecStart=${command}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'Restart=on-failure',
    'RestartSec=2',
    `WatchdogSec=${WATCHDOG_S}`,
    '# The relay ends its processes itself; whatever is left then goes with it.',
    'KillMode=mixed',
    `TimeoutStopSec=${STOP_WITHIN_S}`,
    ...(account === undefined ? [] : system(account, config, dataDir)),
    '',
    '[Install]',
    `WantedBy=${account === undefined ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n');
}

function system(account: string, config: string, dataDir: string | undefined): string[] {
  return [
    `User=${account}`,
    '# Cameras at /dev/video*, encoders of graphics cards.',
    'SupplementaryGroups=video render',
    ...(dataDir === undefined || dataDir === STATE_DIR
      ? ['StateDirectory=lockstep', 'StateDirectoryMode=0700', 'Environment=XDG_STATE_HOME=/var/lib']
      : [`ReadWritePaths=${quoted(dataDir)}`]),
    '# Cameras are changed from browsers that may, where the account may write that folder.',
    `ReadWritePaths=-${quoted(dirname(config))}`,
    ...HARDENING,
  ];
}

/** As systemd.service(5) reads command lines: `%` and `$` begin something, blanks end a word. */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w./%$@:=+-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
