/**
 * From bench/results/*.json to the tables and sentences that stand in the documents between
 * `<!-- figures: NAME -->` and `<!-- /figures -->`. Pure: scripts/docs.mjs reads the files and writes the documents.
 */
import type { Provenance } from '../rig/provenance.ts';
import type { Summary } from '../src/viewer/measure/samples.ts';
import { type CameraRow, startsWords } from './camera-rows.ts';
import type { FaultRow } from './fault-rows.ts';
import type { OpeningRow } from './opening-rows.ts';
import { notes, type PeerRow, tableRow } from './peer-rows.ts';
import type { RungRow } from './rung-rows.ts';
import type { BenchRow } from './wall-rows.ts';

type Result<Row> = Provenance & { readonly rows: readonly Row[] };

/** What `npm run bench -- publish` writes, by the name of its file; and what suite `peers` writes by itself. */
export interface Results {
  readonly wall?: Result<BenchRow>;
  readonly 'wall-rtsp'?: Result<BenchRow>;
  readonly opening?: Result<OpeningRow>;
  readonly faults?: Result<FaultRow>;
  readonly 'faults-mediamtx'?: Result<FaultRow>;
  readonly rungs?: Result<RungRow>;
  readonly cameras?: Result<CameraRow>;
  readonly peers?: Result<PeerRow>;
}

export const PUBLISHED_NAMES = [
  'wall',
  'wall-rtsp',
  'opening',
  'faults',
  'faults-mediamtx',
  'rungs',
  'cameras',
] as const satisfies readonly (keyof Results)[];

export const RESULT_NAMES = [...PUBLISHED_NAMES, 'peers'] as const;

/** All of one commit; `peers` has its own, and says it. */
const published = ({ peers: _peers, ...results }: Results): readonly Provenance[] => Object.values(results);

const MISSING = 'Not measured for this version yet: `npm run bench -- publish`.';

/** @throws Error when the results are of different commits, or name a figure that does not exist */
export function withFigures(document: string, results: Results): string {
  oneCommit(results);
  return document.replace(
    /(<!-- figures: ([a-z-]+) -->\n)(?:[\s\S]*?\n)??(<!-- \/figures -->)/g,
    (_whole, head: string, name: string, tail: string) => {
      const section = SECTIONS[name];
      if (section === undefined) throw new Error(`there are no figures called ${name}`);
      return `${head}\n${section(results) ?? MISSING}\n\n${tail}`;
    },
  );
}

/** Figures of several commits beside each other say nothing. */
function oneCommit(results: Results): void {
  const commits = new Set(published(results).map(({ commit }) => commit));
  if (commits.size > 1) {
    throw new Error(
      `bench/results mixes figures of ${[...commits].join(' and ')}: run npm run bench -- publish`,
    );
  }
}

const SECTIONS: Readonly<Record<string, (results: Results) => string | undefined>> = {
  provenance,
  promise,
  wall: ({ wall }) => wall && wallTable(wall.rows),
  'wall-rtsp': (results) => results['wall-rtsp'] && wallTable(results['wall-rtsp'].rows),
  opening: ({ opening }) => opening && openingTable(opening.rows),
  faults: (results) =>
    faultTable([...(results.faults?.rows ?? []), ...(results['faults-mediamtx']?.rows ?? [])]),
  'faults-mediamtx': (results) => faultTable(results['faults-mediamtx']?.rows ?? []),
  rungs: ({ rungs }) => rungs && rungTable(rungs.rows),
  cameras: ({ cameras }) => cameras && cameraTable(cameras.rows),
  peers: ({ peers }) => (peers === undefined ? NO_PEERS : peerTable(peers)),
};

function provenance(results: Results): string | undefined {
  const all = published(results);
  const [first] = all;
  if (first === undefined) return undefined;
  const { commit, date, machine, versions } = first;
  const range = (value: (load: Provenance['load']) => number): string => {
    const values = all.map(({ load }) => value(load));
    return span(Math.min(...values), Math.max(...values));
  };
  return (
    `Commit \`${commit}\`, ${date.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGib} GiB, ` +
    `Linux ${machine.kernel}; headless Chromium ${versions.chromium}, Node ${versions.node}, ffmpeg ${versions.ffmpeg}, ` +
    `MediaMTX ${versions.mediamtx}, hls.js ${versions.hlsJs}. Before the suites began the host was ` +
    `${range(({ before }) => before.busy * 100)} % busy (load average ${range(({ before }) => before.loadAverage)}); ` +
    `meanwhile ${range(({ during }) => during.busy * 100)} %, of which other virtual machines took ` +
    `${range(({ during }) => during.steal * 100)} %. The raw figures: [bench/results](../bench/results).`
  );
}

/** For the README: what the small wall does, with its scope. */
function promise({ wall }: Results): string | undefined {
  const row = wall?.rows.find(({ system, tiles }) => system === 'lockstep' && tiles === 3);
  if (row === undefined || row.glassToGlassMs === null || row.skewMs === null) return undefined;
  const { glassToGlassMs: age, skewMs: skew } = row;
  return (
    `Measured with ${row.tiles} test cameras of 640×360 on one host, wall at ${(row.targetMs ?? 0) / 1000} s: the tiles differ by ` +
    `${ms(skew.p50)} ms at the median and ${ms(skew.p95)} ms at the 95th percentile (a picture lasts 33 ms); what is on the ` +
    `screen is ${ms(age.p50)} ms old at the median and ${ms(age.p95)} ms at the 95th percentile (n = ${age.n}). ` +
    'How: [docs/measuring.md](docs/measuring.md).'
  );
}

function wallTable(rows: readonly BenchRow[]): string {
  return markdown(
    [
      'system',
      'tiles',
      'age p50 / p95 / max',
      'n (unread)',
      'skew p50 / p95 / max',
      'frozen',
      'pictures/s',
      'browser cores (of the meter)',
      'relay cores (with encoders)',
      'host busy',
    ],
    rows.map((row) => [
      row.system,
      row.tiles,
      three(row.glassToGlassMs),
      row.tileMs === 0 ? '–' : `${row.glassToGlassMs?.n ?? 0} (${row.unreadable})`,
      three(row.skewMs),
      row.tileMs === 0 ? '–' : `${round((100 * row.frozenMs) / row.tileMs)} %`,
      row.framesPerSecond ?? '–',
      row.browserCores === null ? '–' : `${row.browserCores} (${row.meterCores})`,
      row.relayCores === null ? '–' : `${row.relayCores} (${row.relayTreeCores})`,
      row.hostBusy === null ? '–' : `${round(row.hostBusy * 100)} %`,
    ]),
    rows.flatMap(({ system, tiles, problems }) =>
      problems.map((text) => `${system}, ${tiles} tiles, ${text}.`),
    ),
  );
}

function openingTable(rows: readonly OpeningRow[]): string {
  return markdown(
    ['cameras', 'first picture p50 / p95 / max', 'all tiles', 'the whole wall moves', 'n'],
    rows.map((row) => [
      `${row.tiles} ${row.cameras}`,
      three(row.firstPictureMs),
      three(row.everyPictureMs),
      three(row.movingMs),
      `${row.movingMs?.n ?? 0} of ${row.openings}`,
    ]),
    rows.map(
      ({ stagesMs }) =>
        `Medians after the click: ${Object.entries(stagesMs)
          .map(([stage, value]) => `${STAGE_WORDS[stage] ?? stage} ${value ?? '–'}`)
          .join(', ')} ms.`,
    ),
  );
}

const STAGE_WORDS: Readonly<Record<string, string>> = {
  page: 'the page begins',
  scripts: 'its scripts have run',
  controlOpen: 'control socket open',
  controlState: 'cameras known',
  mediaAsked: 'last media socket asked for',
  mediaOpen: 'open',
  mediaData: 'its first media',
};

/** Figures of commits before MediaMTX stood beside the path have an `engine`. */
const besideOf = (row: { readonly mediamtx?: string; readonly engine?: string }): string =>
  row.engine === 'mediamtx' ? 'media through it' : (row.mediamtx ?? 'off');

function faultTable(rows: readonly FaultRow[]): string | undefined {
  if (rows.length === 0) return undefined;
  return markdown(
    [
      'fault',
      'MediaMTX',
      'runs',
      'the wall knows p50 / max',
      'notification max',
      'pictures again p50 / max',
      'budget',
      'others stalled',
      'false alarms',
      'within',
    ],
    rows.map((row) => [
      row.fault,
      besideOf(row),
      row.runs,
      two(row.eventMs, row.runs),
      row.notifiedMs === null ? 'never' : ms(row.notifiedMs.max),
      two(row.movingMs, row.runs),
      `${row.budgetMs.event ?? 'none'} / ${row.budgetMs.moving}`,
      row.otherTilesStalls,
      row.falseAlarms,
      row.withinBudget ? 'yes' : '**no**',
    ]),
    [],
  );
}

function rungTable(rows: readonly RungRow[]): string {
  return markdown(
    [
      'MediaMTX',
      'changes',
      'new size p50 / p95 / max',
      'longest gap p50 / p95 / max',
      'skew before',
      'skew after',
      'stalls after',
    ],
    rows.map((row) => [
      besideOf(row),
      row.switches,
      three(row.switchedMs),
      three(row.gapMs),
      three(row.skewBeforeMs),
      three(row.skewAfterMs),
      row.stallsAfter,
    ]),
    rows.flatMap((row) => row.problems.map((text) => `MediaMTX ${besideOf(row)}, ${text}.`)),
  );
}

function cameraTable(rows: readonly CameraRow[]): string {
  return markdown(
    [
      'case',
      'system',
      'pictures/s of each tile (sent)',
      'gaps over 200 ms (longest)',
      'frozen ms',
      'age p95',
      'skew p95',
      'wall at',
      'relay tree cores',
      'browser cores',
      'restarts',
    ],
    rows.map((row) => [
      row.case,
      row.system,
      row.tiles
        .map(
          ({ framesPerSecond, sourceFps }) =>
            `${framesPerSecond === null ? '–' : round(framesPerSecond)} (${sourceFps})`,
        )
        .join(', ') || (row.opening === null && row.starts === null ? 'not measured' : '–'),
      row.tiles
        .map(({ gaps, longestGapMs }) => (gaps === null ? '–' : `${gaps} (${longestGapMs})`))
        .join(', ') || '–',
      row.frozenMs ?? '–',
      row.glassToGlassMs === null ? '–' : ms(row.glassToGlassMs.p95),
      row.skewMs === null ? '–' : ms(row.skewMs.p95),
      row.wallTargetMs === null ? '–' : row.wallTargetMs.last,
      row.relayTreeCores ?? '–',
      row.browserCores ?? '–',
      row.restarts.reduce((sum, { times }) => sum + times, 0),
    ]),
    rows.flatMap((row) => [
      ...(row.enlarged === null
        ? []
        : [
            `${row.case}, ${row.system}: ${row.enlarged.camera} enlarged, ${row.enlarged.toWidth} wide after ${row.enlarged.switchedMs} ms, skew p95 then ${row.enlarged.skewMs?.p95 ?? '–'} ms.`,
          ]),
      ...(row.opening === null
        ? []
        : [
            `${row.case}, ${row.system}: after the click the last tile shows a picture at ${row.opening.everyPictureMs ?? '–'} ms.`,
          ]),
      ...(row.starts === null
        ? []
        : startsWords(row.starts).map((text) => `${row.case}, ${row.system}: ${text}.`)),
      ...row.checks
        .filter(({ met }) => !met)
        .map(
          ({ asked, measured }) =>
            `${row.case}, ${row.system}: not met: ${asked} (measured ${measured ?? 'nothing'}).`,
        ),
      ...row.problems.map((text) => `${row.case}, ${row.system}: ${text}.`),
    ]),
  );
}

const NO_PEERS =
  'Not measured for this version yet: `npm run bench -- peers --json bench/results/peers.json`, then `node scripts/docs.mjs`.';

function peerTable({ rows, commit, versions, machine }: Result<PeerRow>): string {
  const cells = rows.map(tableRow);
  const head = [...new Set(cells.flatMap((row) => Object.keys(row)))];
  return markdown(
    head,
    cells.map((row) => head.map((column) => row[column] ?? '–')),
    [
      `Commit \`${commit}\`, ${machine.cores} cores; go2rtc ${versions.go2rtc}, MediaMTX ${versions.mediamtx}, hls.js ${versions.hlsJs}, Chromium ${versions.chromium}.`,
      ...notes(rows),
    ],
  );
}

function markdown(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  below: readonly string[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  return [
    lines.join('\n'),
    ...(below.length === 0 ? [] : [below.map((text) => `- ${text}`).join('\n')]),
  ].join('\n\n');
}

const round = (value: number): number => Number(value.toFixed(1));
const ms = (value: number): number => Math.round(value);
const span = (low: number, high: number): string =>
  round(low) === round(high) ? `${round(low)}` : `${round(low)} to ${round(high)}`;

function three(summary: Summary | null): string {
  return summary === null ? '–' : `${ms(summary.p50)} / ${ms(summary.p95)} / ${ms(summary.max)}`;
}

function two(summary: Summary | null, runs: number): string {
  if (summary === null) return 'never';
  return `${ms(summary.p50)} / ${ms(summary.max)}${summary.n < runs ? ` (${summary.n} of ${runs})` : ''}`;
}
