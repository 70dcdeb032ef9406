/** `npm run bench -- SUITE`: figures of Lockstep beside its peers, as JSON, table and picture. Each suite stands in a file of its own. */
import { Command } from 'commander';
import { runCommand, type Scope, wholeNumber, withCleanup } from '../rig/cli.ts';
import { benchRungs } from './rungs.ts';
import { benchWall } from './wall.ts';

interface BenchOptions {
  readonly json?: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly targetMs: number;
  readonly tiles: readonly number[];
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run bench --')
    .description('Measures Lockstep beside its peers, in turns on the same cameras.')
    .argument(
      '<suite>',
      'wall: the synchronised wall against plain hls.js; rungs: what changing the rung costs',
    )
    .option(
      '--json <file>',
      'where to write the figures, dist/bench-<suite>.json by default; a picture goes beside it',
    )
    .option('--seconds <n>', 'how long each run is measured', wholeNumber(5, 3600), 20)
    .option('--rounds <n>', 'how often the systems take turns', wholeNumber(1, 20), 2)
    .option('--target-ms <n>', 'wall latency of Lockstep', wholeNumber(150, 1000), 300)
    .option('--tiles <list>', 'numbers of tiles, as in 3,9', parseTiles, [3, 9])
    .action(async (suite: string, options: BenchOptions) => {
      const run = SUITES[suite];
      if (run === undefined)
        throw new Error(`Unknown suite "${suite}". Use: ${Object.keys(SUITES).join(', ')}.`);
      const json = options.json ?? `dist/bench-${suite}.json`;
      await withCleanup((scope) => run({ ...options, json }, scope));
    });
  return runCommand(command, args);
}

type Run = (options: BenchOptions & { readonly json: string }, scope: Scope) => Promise<void>;

const SUITES: Readonly<Record<string, Run>> = { wall: benchWall, rungs: benchRungs };

function parseTiles(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 9));
}
