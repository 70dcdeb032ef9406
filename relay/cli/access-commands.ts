/** `lockstep pair` and `lockstep tokens`: who may use the relay. They work on its files, whether it runs or not. */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';
import { CODE_LIFETIME_MS, type Grant, PairingDesk, showCode } from '../access/pairing.ts';
import { type TokenInfo, TokenStore } from '../access/tokens.ts';
import { addressesOf } from '../config/addresses.ts';
import { type CliContext, openDataDir, optionalConfig } from './context.ts';
import { CliError, table } from './output.ts';

export interface AccessOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Opens a pairing code in `dataDir`; the relay that uses this folder accepts it. */
export function issueCode(
  context: CliContext,
  dataDir: string,
  grant?: Grant,
): Promise<{ code: string; expiresAtMs: number }> {
  return new PairingDesk({ dataDir, clock: context.wallClock, random: randomBytes }).issue(grant);
}

/**
 * How a code is shown to the person who types it into the extension.
 * @param addresses of the relay: for this host first, then for others
 */
export function codeText(code: string, [here = '', ...others]: readonly string[]): string {
  const elsewhere = others.length === 0 ? '' : ` (on another machine ${others.join(' or ')})`;
  return [
    `Pairing code  ${showCode(code)}`,
    `Type it with the relay address ${here}${elsewhere} on the options page of the extension.`,
    `It works once and for ${CODE_LIFETIME_MS / 60_000} minutes.`,
    '',
  ].join('\n');
}

export function openTokens(context: CliContext, dataDir: string): TokenStore {
  return new TokenStore({
    dataDir,
    clock: context.wallClock,
    random: randomBytes,
    onProblem: (message) => context.stderr.write(`${message}\n`),
  });
}

export interface PairOptions extends AccessOptions {
  /** Who types the code in may change the relay's cameras. */
  readonly cameras?: boolean;
}

export async function pair(
  context: CliContext,
  { config: file, json, cameras = false }: PairOptions,
): Promise<void> {
  const config = optionalConfig(context, file);
  const { code, expiresAtMs } = await issueCode(context, openDataDir(context, config), {
    mayChangeCameras: cameras,
  });
  const { host, port } = config?.server ?? { host: '127.0.0.1', port: DEFAULT_PORT };
  const addresses = addressesOf(host, port, networkInterfaces());
  context.stdout.write(
    json ? `${JSON.stringify({ code, expiresAtMs, addresses })}\n` : codeText(code, addresses),
  );
}

export function listTokens(context: CliContext, { config, json }: AccessOptions): void {
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config))).list();
  if (json) context.stdout.write(`${JSON.stringify(tokens)}\n`);
  else if (tokens.length === 0)
    context.stdout.write('No client is paired. Run `lockstep pair` for a code.\n');
  else context.stdout.write(table([['id', 'client', 'origin', 'issued', 'may'], ...tokens.map(row)]));
}

function row({ id, clientName, origin, issuedAtMs, mayChangeCameras }: TokenInfo): readonly string[] {
  // The name comes from the client: it may not steer the terminal.
  return [
    id,
    clientName.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?'),
    origin ?? '(no browser)',
    new Date(issuedAtMs).toISOString(),
    mayChangeCameras ? 'watch, change cameras' : 'watch',
  ];
}

/** `lockstep tokens allow` and `forbid`: whether a client may change the relay's cameras. */
export function allowCameras(
  context: CliContext,
  id: string,
  allowed: boolean,
  { config }: AccessOptions,
): void {
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config)));
  if (!tokens.allowCameras(id, allowed)) throw noToken(id);
  context.stdout.write(
    `Token ${id} may ${allowed ? 'change the cameras of this relay' : 'only watch'} now.\n`,
  );
}

const noToken = (id: string): CliError =>
  new CliError(`there is no token ${JSON.stringify(id)}.`, 'Run `lockstep tokens list` for the ids.');

export function revokeToken(context: CliContext, id: string, { config }: AccessOptions): void {
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config)));
  if (!tokens.revoke(id)) throw noToken(id);
  context.stdout.write(`Token ${id} is revoked: a running relay ends its connections within a second.\n`);
}
