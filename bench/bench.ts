/** `npm run bench -- SUITE`: figures of Lockstep beside its peers, as JSON, table and picture. Each suite stands in a file of its own. */
import { Command, Option } from 'commander';
import { chosen, runCommand, type Scope, wholeNumber, withCleanup } from '../rig/cli.ts';
import { BROWSERS } from '../rig/wall-browser.ts';
import { CAMERA_CASES } from './camera-cases.ts';
import { CAMERA_SYSTEMS } from './camera-rows.ts';
import { benchCameras } from './cameras.ts';
import { benchFilm } from './film.ts';
import { BENCH_LINKS, LINK_SYSTEMS } from './link-cases.ts';
import { benchLinks } from './links.ts';
import { benchModes } from './modes.ts';
import { benchOpening } from './opening.ts';
import { PEER_NAMES, SCENARIOS, type WallSpec } from './peer-rows.ts';
import { benchPeers } from './peers.ts';
import { publish } from './publish.ts';
import { benchRungs } from './rungs.ts';
import { benchWall } from './wall.ts';

const WALLS = '3@30,9@15,9@30';

interface BenchOptions {
  readonly json?: string;
  readonly seconds?: number;
  readonly rounds?: number;
  readonly targetMs: number;
  readonly tiles: readonly number[];
  readonly cameras: 'test' | 'rtsp';
  readonly openings: number;
  readonly cases: readonly string[];
  readonly systems: readonly string[];
  readonly walls: readonly WallSpec[];
  readonly links: readonly string[];
  readonly browsers: readonly string[];
  readonly scenarios: readonly string[];
  readonly screenshots: boolean;
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run bench --')
    .description('Measures Lockstep beside its peers, in turns on the same cameras.')
    .argument(
      '<suite>',
      'wall: the synchronised wall against plain hls.js; opening: from the click to a moving wall; rungs: what changing the rung costs; cameras: a house with one 4K camera on one small host; peers: Lockstep against go2rtc, MediaMTX and plain hls.js, as far as they are on PATH; links: the wall in Auto, plain hls.js and the client that was planned before it, on thin and bad links; modes: each mode chosen by hand, and each change between two; film: both side by side, as the picture of README.md; publish: all figures of the documents, of one commit, with options of its own',
    )
    .option(
      '--json <file>',
      'where to write the figures, dist/bench-<suite>.json by default; a picture goes beside it',
    )
    .option(
      '--seconds <n>',
      'how long each run is measured (default: 20, cameras and links 60, peers 7 to 16)',
      wholeNumber(5, 3600),
    )
    .option('--rounds <n>', 'how often the systems take turns (default: 2, peers 3)', wholeNumber(1, 20))
    .option('--target-ms <n>', 'wall latency of Lockstep', wholeNumber(150, 1000), 300)
    .option('--tiles <list>', 'numbers of tiles, as in 3,9', parseTiles, [3, 9])
    .addOption(
      new Option(
        '--cameras <kind>',
        'of suite wall: test cameras, drawn and encoded here, or RTSP cameras from a clip, which cost next to nothing',
      )
        .choices(['test', 'rtsp'])
        .default('test'),
    )
    .option(
      '--cases <list>',
      `of suite cameras, as in 4k-hevc,demo (default: all): ${CAMERA_CASES.map(({ name }) => name).join(', ')}`,
      (text: string) => text.split(','),
      [],
    )
    .option(
      '--systems <list>',
      `of suites cameras (${CAMERA_SYSTEMS.join(', ')}), links (${LINK_SYSTEMS.join(', ')}) and peers (${PEER_NAMES.join(', ')}); default: all`,
      (text: string) => text.split(','),
      [],
    )
    .addOption(
      new Option('--walls <list>', 'of suite peers: tiles@pictures a second')
        .argParser(parseWalls)
        .default(parseWalls(WALLS), WALLS),
    )
    .option(
      '--scenarios <list>',
      `of suite peers: ${SCENARIOS.join(', ')} (default: all); calm with each wall, the others with the first`,
      (text: string) => text.split(','),
      [],
    )
    .option(
      '--links <list>',
      `of suite links, as in lan,fast-3g (default: all): ${BENCH_LINKS.map(({ name }) => name).join(', ')}`,
      (text: string) => text.split(','),
      [],
    )
    .option(
      '--browsers <list>',
      `of suites links and modes (default: all that are installed): ${BROWSERS.join(', ')}`,
      (text: string) => text.split(','),
      [],
    )
    .option('--screenshots', "of suite peers: a picture of each system's page", false)
    .option('--openings <n>', 'how often suite opening opens the wall', wholeNumber(1, 1000), 10)
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

const SUITES: Readonly<Record<string, Run>> = {
  wall: (options, scope) => benchWall({ seconds: 20, rounds: 2, ...options, controls: true }, scope),
  publish: (_options, scope) => publish(scope),
  opening: benchOpening,
  rungs: (options, scope) => benchRungs({ rounds: 2, ...options }, scope),
  cameras: (options, scope) =>
    benchCameras(
      { seconds: 60, ...options, systems: chosen(options.systems, CAMERA_SYSTEMS, 'system') },
      scope,
    ),
  links: (options, scope) =>
    benchLinks(
      { seconds: 60, rounds: 2, ...options, browsers: chosen(options.browsers, BROWSERS, 'browser') },
      scope,
    ),
  modes: (options, scope) =>
    benchModes(
      { seconds: 20, rounds: 2, ...options, browsers: chosen(options.browsers, BROWSERS, 'browser') },
      scope,
    ),
  peers: (options, scope) => benchPeers({ rounds: 3, ...options }, scope),
  film: benchFilm,
};

function parseTiles(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 9));
}

function parseWalls(text: string): WallSpec[] {
  return text.split(',').map((wall) => {
    const [tiles = '', fps = ''] = wall.split('@');
    return { tiles: wholeNumber(2, 16)(tiles), fps: wholeNumber(5, 30)(fps) };
  });
}
