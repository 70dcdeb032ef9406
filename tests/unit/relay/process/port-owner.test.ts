import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { portOwner } from '../../../../relay/process/port-owner.ts';

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
