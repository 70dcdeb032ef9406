/** Who listens on a TCP port of this host, as far as Linux's /proc tells this user. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** `proc` is the mount of procfs; a parameter for tests. Undefined when it cannot be told. */
export function portOwner(port: number, proc = '/proc'): { pid: number; name: string } | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(`${proc}/net/${table}`, port)));
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
function listeningInodes(path: string, port: number): string[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  const text = attempt(() => readFileSync(path, 'utf8')) ?? '';
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && fields[1]?.endsWith(`:${portHex}`))
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
