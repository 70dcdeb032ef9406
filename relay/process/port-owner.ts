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
  const state = LISTENING[protocol];
  const inodes = new Set(
    [protocol, `${protocol}6`].flatMap((table) => listeningInodes(`${proc}/net/${table}`, port, state)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of list(proc).filter((name) => /^\d+$/.test(name))) {
    const holds = list(`${proc}/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(
        attempt(() => readlinkSync(`${proc}/${pid}/fd/${fd}`)) ?? '',
      )?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    const name = holds ? attempt(() => readFileSync(`${proc}/${pid}/comm`, 'utf8').trim()) : undefined;
    if (name !== undefined) return { pid: Number(pid), name };
  }
  return undefined;
}

/** Fields of a line in proc_net_tcp(5): slot, local address, remote address, state, …, inode as the tenth. */
function listeningInodes(path: string, port: number, state: string): string[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  const text = attempt(() => readFileSync(path, 'utf8')) ?? '';
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state && fields[1]?.endsWith(`:${portHex}`))
    .flatMap((fields) => fields[9] ?? []);
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
