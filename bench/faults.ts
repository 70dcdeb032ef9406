/**
 * `npm run faults`: kills and stops the parts of a running wall and measures, in the browser, when the extension
 * knew and when the picture moved again. Budgets are those of docs/measuring.md.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { syntheticCameras } from '../rig/cameras.ts';
import { runCommand, type Scope, say, wholeNumber, withCleanup } from '../rig/cli.ts';
import { beginFault, type FaultRecord, installRecorder, readFault } from '../rig/fault-recorder.ts';
import { barChart, table, writeChart, writeJson } from '../rig/output.ts';
import { beginProvenance } from '../rig/provenance.ts';
import { startWall, WARM_UP_MS, type WallRig } from '../rig/wall-run.ts';
import { type Summary, summarise } from '../src/viewer/measure/samples.ts';

/** How the labels of these processes begin in the relay's records. */
const LABELS = { encoder: 'camera', mediamtx: 'MediaMTX' } as const;

interface FaultSpec {
  readonly name: string;
  readonly target: keyof typeof LABELS;
  readonly signal: NodeJS.Signals;
  readonly budgetMs: { readonly event: number; readonly moving: number };
}

const FAULTS: readonly FaultSpec[] = [
  { name: 'encoder-kill', target: 'encoder', signal: 'SIGKILL', budgetMs: { event: 1_500, moving: 3_000 } },
  { name: 'encoder-stop', target: 'encoder', signal: 'SIGSTOP', budgetMs: { event: 4_000, moving: 9_000 } },
  { name: 'mediamtx-kill', target: 'mediamtx', signal: 'SIGKILL', budgetMs: { event: 1_500, moving: 4_000 } },
  {
    name: 'mediamtx-stop',
    target: 'mediamtx',
    signal: 'SIGSTOP',
    budgetMs: { event: 5_000, moving: 10_000 },
  },
];

/** A tile moves again when pictures have come this long without a break. */
const MOVING_FOR_MS = 1_500;
const GIVE_UP_MS = 60_000;
/** Between two faults: longer than the run after which a restart no longer waits for earlier failures (STEADY_MS). */
const SETTLE_MS = 12_000;
/** A picture that is late by less than this was no interruption. */
const DISTURBED_MS = 250;

interface FaultsOptions {
  readonly engine: string;
  readonly repeat: number;
  readonly json: string;
}

interface Run {
  readonly eventMs: number | undefined;
  readonly movingMs: number;
  readonly notifiedMs: number | undefined;
  readonly restarts: number;
  readonly otherTilesStalls: number;
}

/** One row of the JSON in docs/measuring.md. */
export interface FaultRow {
  readonly fault: string;
  readonly engine: string;
  readonly runs: number;
  readonly eventMs: Summary;
  readonly notifiedMs: Summary;
  readonly movingMs: Summary;
  readonly restarts: number;
  readonly otherTilesStalls: number;
  readonly budgetMs: { readonly event: number; readonly moving: number };
  readonly withinBudget: boolean;
}

export function main(args: string[]): Promise<number> {
  const command = new Command('npm run faults --')
    .description('Breaks parts of a running wall and measures the recovery.')
    .argument(
      '[fault...]',
      `which faults: ${FAULTS.map(({ name }) => name).join(', ')} (default: all of the engine)`,
    )
    .addOption(
      new Option('--engine <name>', 'what carries the media')
        .choices(['builtin', 'mediamtx'])
        .default('builtin'),
    )
    .option('--repeat <n>', 'how often each fault is injected', wholeNumber(1, 100), 3)
    .option('--json <file>', 'where to write the figures; a picture goes beside it', 'dist/faults.json')
    .action((names: string[], options: FaultsOptions) =>
      withCleanup((scope) => faults(names, options, scope)),
    );
  return runCommand(command, args);
}

function chosen(names: readonly string[], engine: string): readonly FaultSpec[] {
  for (const name of names) {
    if (!FAULTS.some((fault) => fault.name === name)) {
      throw new Error(`Unknown fault "${name}". Use: ${FAULTS.map((fault) => fault.name).join(', ')}.`);
    }
  }
  const list = names.length === 0 ? FAULTS : FAULTS.filter(({ name }) => names.includes(name));
  const possible = list.filter(({ target }) => target === 'encoder' || engine === 'mediamtx');
  if (possible.length === 0)
    throw new Error(`Engine ${engine} has none of: ${names.join(', ')}. Try --engine mediamtx.`);
  return possible;
}

async function faults(names: readonly string[], options: FaultsOptions, scope: Scope): Promise<void> {
  const specs = chosen(names, options.engine);
  const provenance = await beginProvenance();
  const rig = await startWall(
    {
      cameras: syntheticCameras(3),
      headless: true,
      mode: 'ultra-low',
      targetMs: undefined,
      engine: options.engine,
      say,
    },
    scope,
  );
  await sleep(WARM_UP_MS, undefined, { signal: scope.aborted });
  await installRecorder(rig.wall);
  const rows: FaultRow[] = [];
  for (const spec of specs) {
    const runs: Run[] = [];
    for (let turn = 1; turn <= options.repeat; turn += 1) {
      say(`${spec.name}, ${turn} of ${options.repeat} …`);
      runs.push(await inject(rig, spec, turn, scope));
      await sleep(SETTLE_MS, undefined, { signal: scope.aborted });
    }
    rows.push(toRow(spec, options.engine, runs));
  }
  await report({ ...provenance(), rows }, options.json);
  const missed = rows.filter((row) => !row.withinBudget).map((row) => row.fault);
  if (missed.length > 0) throw new Error(`Over budget: ${missed.join(', ')}.`);
}

/** @throws Error when the pictures do not come back within a minute */
async function inject(rig: WallRig, spec: FaultSpec, turn: number, scope: Scope): Promise<Run> {
  const children = rig.relay.children().filter(({ label }) => label.startsWith(LABELS[spec.target]));
  // Another camera each time.
  const victim = children[(turn - 1) % Math.max(1, children.length)];
  if (victim === undefined) throw new Error(`No ${spec.target} runs below the relay.`);
  const before = await beginFault(rig.wall);
  const startMs = Date.now();
  process.kill(victim.pid, spec.signal);
  const pids = new Set(rig.relay.children().map(({ pid }) => pid));
  let restarts = 0;
  for (;;) {
    await sleep(100, undefined, { signal: scope.aborted });
    for (const { pid, label } of rig.relay.children()) {
      if (!pids.has(pid) && label.startsWith(LABELS[spec.target])) restarts += 1;
      pids.add(pid);
    }
    const record = await readFault(rig.wall);
    if (recovered(record, startMs)) return toRun(record, before, startMs, restarts, spec);
    if (Date.now() - startMs > GIVE_UP_MS) {
      throw new Error(
        `${spec.name}: not every picture moves again after ${GIVE_UP_MS / 1000} s.\n${JSON.stringify(record)}\n${rig.relay.log().slice(-3000)}`,
      );
    }
  }
}

function recovered(record: FaultRecord, startMs: number): boolean {
  const broken = Object.values(record.gaps).filter(({ lengthMs }) => lengthMs > DISTURBED_MS);
  const now = Date.now();
  return (
    broken.length > 0 &&
    broken.every(({ endedMs }) => endedMs > startMs && now - endedMs > MOVING_FOR_MS) &&
    Object.values(record.idleMs).every((idle) => idle < DISTURBED_MS) &&
    Object.values(record.states).every((state) => state === 'live')
  );
}

function toRun(
  record: FaultRecord,
  before: FaultRecord,
  startMs: number,
  restarts: number,
  spec: FaultSpec,
): Run {
  const broken = Object.entries(record.gaps).filter(([, { lengthMs }]) => lengthMs > DISTURBED_MS);
  const hit = new Set(spec.target === 'mediamtx' ? Object.keys(record.gaps) : Object.keys(record.events));
  const others = Object.keys(record.stalls).filter((camera) => !hit.has(camera));
  const events = Object.values(record.events);
  return {
    eventMs: events.length === 0 ? undefined : Math.min(...events) - startMs,
    notifiedMs: record.notifiedMs === undefined ? undefined : record.notifiedMs - startMs,
    movingMs: Math.max(...broken.map(([, { endedMs }]) => endedMs)) - startMs,
    restarts,
    otherTilesStalls: others.reduce(
      (sum, id) => sum + (record.stalls[id] ?? 0) - (before.stalls[id] ?? 0),
      0,
    ),
  };
}

function toRow(spec: FaultSpec, engine: string, runs: readonly Run[]): FaultRow {
  const eventMs = summary(
    `${spec.name}: event`,
    runs.map((run) => run.eventMs),
  );
  const movingMs = summary(
    `${spec.name}: moving`,
    runs.map((run) => run.movingMs),
  );
  const otherTilesStalls = runs.reduce((sum, run) => sum + run.otherTilesStalls, 0);
  return {
    fault: spec.name,
    engine,
    runs: runs.length,
    eventMs,
    notifiedMs: summary(
      `${spec.name}: notification`,
      runs.map((run) => run.notifiedMs),
    ),
    movingMs,
    restarts: runs.reduce((sum, run) => sum + run.restarts, 0),
    otherTilesStalls,
    budgetMs: spec.budgetMs,
    withinBudget:
      eventMs.max <= spec.budgetMs.event && movingMs.max <= spec.budgetMs.moving && otherTilesStalls === 0,
  };
}

/** @throws Error when a run has no value: what never came cannot be within any budget */
function summary(what: string, values: readonly (number | undefined)[]): Summary {
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) throw new Error(`${what} never reached the extension.`);
  const result = summarise(known);
  if (result === undefined) throw new Error(`${what} was not measured.`);
  return result;
}

async function report(result: { readonly rows: readonly FaultRow[] }, file: string): Promise<void> {
  const { rows } = result;
  await writeJson(file, result);
  process.stdout.write(
    `${table(
      rows.map((row) => ({
        fault: row.fault,
        engine: row.engine,
        runs: row.runs,
        'event p50': row.eventMs.p50,
        'event max': row.eventMs.max,
        'notified max': row.notifiedMs.max,
        'moving p50': row.movingMs.p50,
        'moving max': row.movingMs.max,
        'budget event/moving': `${row.budgetMs.event}/${row.budgetMs.moving}`,
        restarts: row.restarts,
        'others stalled': row.otherTilesStalls,
        ok: row.withinBudget ? 'yes' : 'NO',
      })),
    )}\n`,
  );
  const bars = (value: (row: FaultRow) => number) =>
    rows.map((row) => ({ label: `lockstep: ${row.fault}`, value: value(row) }));
  const picture = await writeChart(
    file,
    barChart('From the fault to the recovery, worst run', [
      { title: 'The extension knows', unit: 'ms', bars: bars((row) => row.eventMs.max) },
      { title: 'The picture moves again', unit: 'ms', bars: bars((row) => row.movingMs.max) },
    ]),
  );
  say(`Wrote ${file} and ${picture}.`);
}
