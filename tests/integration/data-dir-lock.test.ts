/** Relays that start at the same moment, as real processes. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('the lock of a data folder', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lockstep-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('goes to one of several that start at the same moment', { timeout: 30_000 }, async () => {
    // Real processes: only they can be between any two steps of each other. Each takes the lock of a dead relay.
    const source = fileURLToPath(new URL('../../relay/process/data-dir-lock.ts', import.meta.url));
    const bundle = join(dir, 'lock.mjs');
    await build({ entryPoints: [source], outfile: bundle, bundle: true, platform: 'node', format: 'esm' });
    const script = `
      import { lockDataDir } from ${JSON.stringify(bundle)};
      console.log('ready');
      process.stdin.once('data', () => {
        try { lockDataDir(process.argv[1], process.pid); console.log('got'); } catch (error) { console.log('taken'); }
      });`;
    for (let round = 0; round < 3; round += 1) {
      const folder = join(dir, `round-${round}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'relay.lock'), JSON.stringify({ pid: 4_194_305, startTime: '1' }));
      const starters = Array.from({ length: 4 }, () =>
        spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
          stdio: ['pipe', 'pipe', 'inherit'],
        }),
      );
      const lines = starters.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]());
      const next = () => Promise.all(lines.map(async (line) => (await line.next()).value));
      await next();
      for (const { stdin } of starters) stdin.write('go');
      const answers = await next();
      // All live until everybody has answered.
      for (const { stdin } of starters) stdin.end();
      expect([...answers].sort()).toEqual(['got', 'taken', 'taken', 'taken']);
    }
  });
});
