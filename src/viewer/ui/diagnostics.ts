/**
 * What "Copy diagnostics" puts on the clipboard: versions, mode, link, tiles and log as plain text for a report. Pure.
 * Never a secret: the token is not among the inputs but as a thing to be struck out, and so is every login in an address.
 */
import type { LinkStatus } from '../../extension/relay-link.ts';
import type { RelayState } from '../../extension/relay-state.ts';
import type { Rung } from '../../wire/protocol.ts';
import type { TileView, WallView } from '../wall/wall-view.ts';
import type { LogEntry } from './log-ring.ts';
import type { Versions } from './wall-ui.ts';

export interface DiagnosticsInput {
  /** Ms since the Unix epoch. */
  readonly nowMs: number;
  readonly versions: Versions;
  /** As it calls itself. */
  readonly browser: string;
  /** Of the page, as in `1280 × 720 at 2 ×`. */
  readonly screen: string;
  /** In the order of the pairings; the cameras go by their keys. */
  readonly relays: readonly { readonly link: LinkStatus; readonly state: RelayState }[];
  readonly view: WallView | undefined;
  readonly log: readonly LogEntry[];
  /** Struck out wherever they stand. */
  readonly secrets: readonly string[];
}

/** What stands before the last `@` of an address: a password may hold slashes and more of them. */
const LOGIN = /(\/\/)\S+@/g;

export function diagnosticsText(input: DiagnosticsInput): string {
  const { nowMs, versions, browser, screen, relays, view, log, secrets } = input;
  const lines = [
    `Lockstep diagnostics, ${new Date(nowMs).toISOString()}`,
    `Extension ${versions.extension}, hls.js ${versions.hlsJs}, protocol ${versions.protocol}`,
    `Browser: ${browser}`,
    `Page: ${screen}`,
    ...relays.flatMap(({ link, state: relay }) => [
      `Relay: ${relay.relay === undefined ? 'never connected' : `${relay.relay.name}, ${relay.relay.version}, MediaMTX ${relay.mediamtx ?? 'unknown'}, ${relay.features.join(' ')}`}`,
      `Control link: ${link.phase}${link.reason === '' ? '' : `: ${link.reason}`}`,
    ]),
    ...wallLines(view),
    ...relays
      .flatMap(({ state }) => state.cameras)
      .flatMap((camera) => {
        const { id, state, reason, encoder, restarts, rungs, offsetMs } = camera;
        const sizes = rungs.map(rungText).join(', ');
        const tile = view?.tiles.find((candidate) => candidate.camera === id);
        return [
          '',
          `Camera ${id}: ${state}${reason === '' ? '' : `: ${reason}`}`,
          `  rungs: ${sizes || 'none'}; restarts ${restarts}; offset ${offsetMs} ms`,
          ...(encoder === undefined ? [] : [`  encoder: ${encoder}`]),
          ...(tile === undefined ? ['  no tile'] : tileLines(tile)),
        ];
      }),
    '',
    `Log, ${log.length} entries`,
    ...log.map(logLine),
  ];
  return strike(lines.join('\n'), secrets);
}

function rungText({ id, width, height, fps, codecs, origin, asleep, pictures }: Rung): string {
  const more = [
    codecs,
    origin,
    asleep === true ? 'asleep' : undefined,
    pictures === 'keyframes' ? pictures : undefined,
  ];
  return [`${id} ${width}x${height}@${fps}`, ...more.filter((word) => word !== undefined)].join(' ');
}

function wallLines(view: WallView | undefined): string[] {
  if (view === undefined) return ['Wall: no tile yet'];
  const { mode, effective, targetMs, why, decisions, link, skewMs } = view;
  const skew = skewMs === undefined ? '' : `; playback clocks ${skewMs.toFixed(1)} ms apart`;
  return [
    `Wall: ${mode}, runs ${effective}, ${targetMs} ms behind (${why})${skew}`,
    ...(link === undefined ? [] : [`  link ${link.step}: ${link.causes.join('; ')}`]),
    ...decisions.map((told) => `  ${new Date(told.atMs).toISOString()} ${told.targetMs} ms: ${told.why}`),
  ];
}

function tileLines(tile: TileView): string[] {
  const { phase, reason, latencyMs, offsetMs, bufferMs, rate, stalls, skippedParts, frames } = tile;
  const ms = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value)} ms`);
  const playing = [
    tile.realtime === true ? 'WebRTC' : `rung ${tile.rung ?? "relay's choice"}`,
    `${tile.width}x${tile.height}`,
    tile.inGroup ? 'in step' : 'on its own',
    ...(tile.notRealtime === undefined ? [] : [`not real-time: ${tile.notRealtime}`]),
  ];
  return [
    `  tile: ${phase}${reason === '' ? '' : `: ${reason}`}; ${playing.join(', ')}`,
    ...(tile.stream === undefined ? [] : [`  stream: ${tile.stream}`]),
    `  latency ${ms(latencyMs)}, to the wall ${ms(offsetMs)}, buffer ${ms(bufferMs)}, rate ${rate.toFixed(3)}`,
    `  stalls ${stalls}, skipped parts ${skippedParts}, frames ${frames.total}, dropped ${frames.dropped}`,
  ];
}

function logLine({ atMs, message, fields }: LogEntry): string {
  const told = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${new Date(atMs).toISOString()} ${message}${told}`;
}

function strike(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, '[struck out]'), text)
    .replace(LOGIN, '$1[struck out]@');
}
