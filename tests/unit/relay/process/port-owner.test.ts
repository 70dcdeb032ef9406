import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { portHolder, portOwner } from '../../../../relay/process/port-owner.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A procfs with one socket on port 8780 (hex 224C), inode 4711. */
function procfs(state: string): string {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-proc-'));
  roots.push(root);
  mkdirSync(join(root, 'net'));
  const line = `   0: 0100007F:224C 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0`;
  writeFileSync(join(root, 'net', 'tcp'), `  sl  local_address rem_address   st …\n${line}\n`);
  for (const [pid, inode] of [
    ['7', '99'],
    ['123', '4711'],
  ] as const) {
    mkdirSync(join(root, pid, 'fd'), { recursive: true });
    symlinkSync(`socket:[${inode}]`, join(root, pid, 'fd', '3'));
    writeFileSync(join(root, pid, 'comm'), `program${pid}\n`);
  }
  return root;
}

it('names the process that listens', () => {
  expect(portOwner(8780, procfs('0A'))).toEqual({ pid: 123, name: 'program123' });
});

it('names nobody for a connection, another port, or where there is no /proc', () => {
  expect(portOwner(8780, procfs('01'))).toBeUndefined();
  expect(portOwner(8781, procfs('0A'))).toBeUndefined();
  expect(portOwner(8780, join(tmpdir(), 'no-such-procfs'))).toBeUndefined();
});

it.each<[string, string, { readonly '7': number; readonly '123': number }, string]>([
  ['the leader itself', '0A', { 7: 5, 123: 123 }, 'group'],
  ['somebody else', '0A', { 7: 123, 123: 5 }, 'other'],
  ['nobody', '01', { 7: 5, 123: 123 }, 'nobody'],
])('tells that a port is held by %s', (_who, state, groups, holder) => {
  const root = procfs(state);
  for (const [pid, group] of Object.entries(groups))
    writeFileSync(join(root, pid, 'stat'), `${pid} (media (mtx)) S 1 ${group} 1 0`);
  expect(portHolder(8780, 123, root, 1000)).toBe(holder);
});

it('goes by the user where the files of the group cannot be read', () => {
  const root = procfs('0A');
  writeFileSync(join(root, '123', 'stat'), '123 (mediamtx) S 1 123 1 0');
  rmSync(join(root, '123', 'fd'), { recursive: true });
  expect(portHolder(8780, 123, root, 1000)).toBe('group');
  expect(portHolder(8780, 123, root, 33)).toBe('other');
});

it('does not tell who holds a port where there is no /proc', () => {
  expect(portHolder(8780, 123, join(tmpdir(), 'no-such-procfs'), 1000)).toBe('unknown');
});
