/** `lockstep pair` and `lockstep tokens`: who may use the relay. They work on its files, whether it runs or not. */
import { randomBytes } from 'node:crypto';
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';
import { type Grant, PairingDesk } from '../access/pairing.ts';
import { type TokenInfo, TokenStore } from '../access/tokens.ts';
import type { Certificate } from '../config/certificate.ts';
import { whereReached } from '../reachable.ts';
import { type CliContext, calledAs, configFile, openDataDir, optionalConfig } from './context.ts';
import { CliError, table } from './output.ts';
import { codeText, linkOf } from './pair-text.ts';

/** As the protocol limits it: src/wire/protocol.ts. */
const MAX_NAME = 80;

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
  const server = config?.server ?? { host: '127.0.0.1', port: DEFAULT_PORT };
  const { addresses, certificate } = await whereReached(server, server.port, context.timers);
  const offer = { code, addresses, fingerprint: ownFingerprint(certificate) };
  context.stdout.write(
    json
      ? `${JSON.stringify({ ...offer, fingerprint: offer.fingerprint ?? null, expiresAtMs, link: linkOf(offer) })}\n`
      : codeText(offer, context.columns),
  );
}

/** What a person has to compare; of a certificate that browsers trust they need not. */
export const ownFingerprint = (certificate: Certificate | undefined): string | undefined =>
  certificate?.selfSigned === true ? certificate.fingerprint : undefined;

export function listTokens(context: CliContext, { config, json }: AccessOptions): void {
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config))).list();
  if (json) context.stdout.write(`${JSON.stringify(tokens)}\n`);
  else if (tokens.length === 0)
    context.stdout.write(`No client is paired. Run \`${called(context, config)} pair\` for a code.\n`);
  else context.stdout.write(table([['id', 'client', 'origin', 'issued', 'may'], ...tokens.map(row)]));
}

export function renameToken(context: CliContext, id: string, name: string, { config }: AccessOptions): void {
  const wanted = name.trim();
  if (wanted === '' || wanted.length > MAX_NAME) {
    throw new CliError(
      `a name has 1 to ${MAX_NAME} characters, this one ${wanted.length}.`,
      'As in: lockstep tokens rename 0a1b2c3d "Kitchen tablet"',
    );
  }
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config)));
  if (!tokens.rename(id, wanted)) throw noToken(context, id, config);
  context.stdout.write(`Token ${id} is listed as ${printable(wanted)} now.\n`);
}

/** The name comes from the client: it may not steer the terminal. */
const printable = (name: string): string => name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');

function row({ id, clientName, origin, issuedAtMs, mayChangeCameras }: TokenInfo): readonly string[] {
  return [
    id,
    printable(clientName),
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
  if (!tokens.allowCameras(id, allowed)) throw noToken(context, id, config);
  context.stdout.write(
    `Token ${id} may ${allowed ? 'change the cameras of this relay' : 'only watch'} now.\n`,
  );
}

const called = (context: CliContext, named: string | undefined): string =>
  calledAs(context, configFile(context, named));

const noToken = (context: CliContext, id: string, named: string | undefined): CliError =>
  new CliError(
    `there is no token ${JSON.stringify(id)}.`,
    `Run \`${called(context, named)} tokens list\` for the ids.`,
  );

export function revokeToken(context: CliContext, id: string, { config }: AccessOptions): void {
  const tokens = openTokens(context, openDataDir(context, optionalConfig(context, config)));
  if (!tokens.revoke(id)) throw noToken(context, id, config);
  context.stdout.write(`Token ${id} is revoked: a running relay ends its connections within a second.\n`);
}
