/** Who listens on a port of this host, as far as Linux's /proc tells this user. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Socket state (proc_net_tcp(5)): TCP listens; UDP, which has no connections, is closed. */
const LISTENING = { tcp: '0A', udp: '07' } as const;

/** `proc` is the mount of procfs; a parameter for tests. Undefined when it cannot be told. */
export function portOwner(
  port: number,
  proc = '/proc',
  protocol: 'tcp' | 'udp' = 'tcp',
): { pid: number; name: string } | undefined {
  const inodes = new Set(listeners(port, proc, protocol).map(({ inode }) => inode));
  if (inodes.size === 0) return undefined;
  for (const pid of pids(proc)) {
    const holds = socketsOf(pid, proc).some((inode) => inodes.has(inode));
    const name = holds ? attempt(() => readFileSync(`${proc}/${pid}/comm`, 'utf8').trim()) : undefined;
    if (name !== undefined) return { pid: Number(pid), name };
  }
  return undefined;
}

/** `unknown`: this system does not tell (no /proc). */
export type PortHolder = 'nobody' | 'group' | 'other' | 'unknown';

/**
 * Whether the processes of a group listen at a TCP port, and nobody else.
 * @param group number of the process that leads it
 * @param userId whose a socket must be where the files of its process cannot be read (a program with capabilities)
 */
export function portHolder(
  port: number,
  group: number,
  proc = '/proc',
  userId = process.getuid?.(),
): PortHolder {
  if (attempt(() => readFileSync(`${proc}/net/tcp`, 'utf8')) === undefined) return 'unknown';
  const found = listeners(port, proc, 'tcp');
  if (found.length === 0) return 'nobody';
  const members = pids(proc).filter((pid) => groupOf(pid, proc) === group);
  const own = new Set(members.flatMap((pid) => socketsOf(pid, proc)));
  const hidden = members.some((pid) => attempt(() => readdirSync(`${proc}/${pid}/fd`)) === undefined);
  const ours = found.every(({ inode, uid }) => own.has(inode) || (hidden && uid === userId));
  return ours ? 'group' : 'other';
}

interface Listener {
  readonly inode: string;
  readonly uid: number;
}

function listeners(port: number, proc: string, protocol: 'tcp' | 'udp'): Listener[] {
  return [protocol, `${protocol}6`].flatMap((table) =>
    listening(`${proc}/net/${table}`, port, LISTENING[protocol]),
  );
}

/** Fields of a line in proc_net_tcp(5): slot, local and remote address, state, …, user as the eighth, inode as the tenth. */
function listening(path: string, port: number, state: string): Listener[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  const text = attempt(() => readFileSync(path, 'utf8')) ?? '';
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state && fields[1]?.endsWith(`:${portHex}`))
    .flatMap((fields) => (fields[9] === undefined ? [] : [{ inode: fields[9], uid: Number(fields[7]) }]));
}

const pids = (proc: string): string[] => list(proc).filter((name) => /^\d+$/.test(name));

/** Inodes of the sockets that a process has open, as far as this user may look. */
function socketsOf(pid: string, proc: string): string[] {
  return list(`${proc}/${pid}/fd`).flatMap((fd) => {
    const target = attempt(() => readlinkSync(`${proc}/${pid}/fd/${fd}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

/** Process group: the fifth field of proc_pid_stat(5), the third after the name in brackets. */
function groupOf(pid: string, proc: string): number | undefined {
  const stat = attempt(() => readFileSync(`${proc}/${pid}/stat`, 'utf8'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

const list = (path: string): string[] => attempt(() => readdirSync(path)) ?? [];

/** Processes end and belong to others while one looks: what cannot be read is left out. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
