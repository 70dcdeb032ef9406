/** `lockstep status`: how the relay that runs does, and each of its cameras. */
import { dayProblem } from '../config/certificate.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode, table } from './output.ts';
import { askRelay, runningRelay } from './running-relay.ts';
import { readStatus, type ToldStatus } from './status-answer.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** @throws CliError, ConfigError */
export async function status(context: CliContext, { config: file, json }: StatusOptions): Promise<ExitCode> {
  const relay = runningRelay(context, file, 'status');
  const askedNs = context.sharedClockNs();
  const told = await askRelay(
    relay,
    (pid) => context.sendStatusSignal(pid),
    () => readStatus(relay.dataDir, relay.pid, askedNs),
  );
  context.stdout.write(
    json ? `${JSON.stringify({ pid: relay.pid, ...told })}\n` : statusText(told, context.wallClock.now()),
  );
  return EXIT.ok;
}

type Camera = ToldStatus['cameras'][number];

function certificateRows(certificate: ToldStatus['certificate'], nowMs: number): string[][] {
  if (!certificate) return [];
  const problem = dayProblem(certificate, nowMs);
  return [
    ['certificate', `SHA-256 ${certificate.fingerprint}`],
    [
      '',
      problem === undefined ? `good until ${day(certificate.endsMs)}` : `${problem.what}. ${problem.fix}.`,
    ],
  ];
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** @param nowMs wall clock */
export function statusText(told: ToldStatus, nowMs: number): string {
  const { version, upMs, url, elsewhere, certificate, mediamtx, load, cameras } = told;
  const busy = `${Math.round(100 * load.busy)} % of ${load.cores} cores`;
  return [
    table([
      ['Lockstep', `${version}, up ${duration(upMs)}`],
      ['address', [url, ...elsewhere].join('  ')],
      ...certificateRows(certificate, nowMs),
      ['mediamtx', mediamtx],
      ['load', `${busy}; transcoders take ${load.transcoderCores.toFixed(1)} cores`],
    ]),
    ...cameras.map((camera) => cameraText(camera, nowMs)),
  ].join('\n');
}

function cameraText(
  { id, name, state, sinceMs, reason, restarts, viewers, telemetry, rungs }: Camera,
  nowMs: number,
): string {
  const words = [
    `${id}${name === id ? '' : ` (${name})`}`,
    `${state} for ${duration(Math.max(0, nowMs - sinceMs))}`,
    ...(telemetry === null
      ? []
      : [`${telemetry.fps.toFixed(0)} fps, ${telemetry.bitrateKbps.toFixed(0)} kbit/s`]),
    `${viewers.push} watching${viewers.realtime === 0 ? '' : `, ${viewers.realtime} in real time`}`,
    ...(restarts === 0 ? [] : [restarts === 1 ? '1 restart' : `${restarts} restarts`]),
  ];
  const lines = [
    ...(reason === '' ? [] : [`${reason}\n`]),
    table(
      rungs.map(({ id: rung, width, height, fps, asleep, origin }) => [
        rung,
        `${width}x${height}`,
        `${fps} fps`,
        `${origin === 'transcode' ? 'made here' : 'as the camera sends it'}${asleep ? ', asleep' : ''}`,
      ]),
    ),
  ];
  return `${words.join('  ')}\n${lines.join('').replace(/^(?=.)/gm, '  ')}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units, as in `2 h 13 min`. */
function duration(ms: number): string {
  let left = Math.floor(ms / 1000);
  const parts = UNITS.map(([unit, seconds]) => {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    return { unit, count };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${count} ${unit}`)
    .join(' ');
}
