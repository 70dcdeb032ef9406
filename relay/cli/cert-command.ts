/** `lockstep cert`: the relay's certificate: makes one, makes it anew, or takes one that its user has. */
import { existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { hostNetwork, namesOfHost } from '../config/addresses.ts';
import {
  type Certificate,
  CertificateError,
  type CertificateFiles,
  covers,
  dayProblem,
  loadCertificate,
  readCertificate,
} from '../config/certificate.ts';
import { loadConfig } from '../config/load.ts';
import { isLoopback } from '../config/rules.ts';
import type { Config } from '../config/schema.ts';
import { writePrivateFile } from '../files/private-file.ts';
import { dataDirHolder } from '../process/data-dir-lock.ts';
import { whereReached } from '../reachable.ts';
import { changeConfig, notWritable } from '../setup/write-config.ts';
import { withTls } from '../setup/yaml-tls.ts';
import { type CliContext, dataDirOf, neededFile, programsOf } from './context.ts';
import { makeCertificate } from './make-certificate.ts';
import { CliError, EXIT, type ExitCode, table } from './output.ts';
import { reload } from './reload-command.ts';

export interface CertOptions {
  readonly name?: readonly string[];
  readonly renew?: boolean;
  readonly certificate?: string;
  readonly key?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** @throws CliError, ConfigError; nothing has changed then */
export async function cert(context: CliContext, options: CertOptions): Promise<ExitCode> {
  const file = neededFile(context, options.config);
  const path = resolve(context.cwd, file);
  if (!existsSync(path))
    throw new CliError(`there is no ${file}.`, 'Begin with `lockstep init`, or name the file with --config.');
  const wanted = (options.name ?? []).map(checkedName);
  const given = givenFiles(context, options);
  const config = loadConfig(path);
  const { tls } = config.server;
  const nowMs = context.wallClock.now();
  const write = (files: CertificateFiles): void => {
    changeConfig(path, (text) => withTls(text ?? '', relativeTo(dirname(path), files)), nowMs);
  };
  if (given !== undefined) {
    const certificate = checkGiven(given, wanted, nowMs);
    write(given);
    return finish(context, options, {
      file,
      config: loadConfig(path),
      certificate,
      begins: tls === undefined,
    });
  }
  const before = tls === undefined ? undefined : loadCertificate(tls);
  if (before !== undefined && options.renew !== true && wanted.length === 0)
    return finish(context, options, { file, config, certificate: before });
  if (before?.selfSigned === false)
    throw new CliError(
      `the certificate ${tls?.certificate} was not made here: somebody else vouches for it.`,
      'Renew it where it came from, then `lockstep reload`. For one of the relay’s own remove server.tls from the configuration first.',
    );
  const files = tls ?? {
    certificate: resolve(dirname(path), 'lockstep.crt'),
    key: resolve(dirname(path), 'lockstep.key'),
  };
  refuseReadOnly([path, files.key, files.certificate]);
  const { host, hostNames } = config.server;
  const names = namesOfHost(host, hostname(), [...hostNames, ...wished(before), ...wanted], hostNetwork());
  const made = await makeCertificate(programsOf(context), names);
  const certificate = readCertificate(made.certificate, made.key, files);
  // The relay must read what root wrote for it.
  const { uid, gid } = statSync(path);
  writePrivateFile(files.key, made.key, { mode: 0o600, uid, gid });
  writePrivateFile(files.certificate, made.certificate, { mode: 0o644, uid, gid });
  if (tls === undefined) write(files);
  return finish(context, options, { file, config: loadConfig(path), certificate, begins: tls === undefined });
}

/** As it is written down: the configuration and what lies beside it may move together. */
function relativeTo(folder: string, { certificate, key }: CertificateFiles): CertificateFiles {
  const short = (path: string): string => (path.startsWith(`${folder}/`) ? relative(folder, path) : path);
  return { certificate: short(certificate), key: short(key) };
}

function refuseReadOnly(files: readonly string[]): void {
  for (const file of files) {
    const why = notWritable(file);
    if (why !== undefined)
      throw new CliError(`${file} cannot be written: ${why}.`, 'Run this as a user who may, as with sudo.');
  }
}

function checkedName(text: string): string {
  const name = text.trim().toLowerCase();
  if (isIP(name) !== 0 || (HOST_NAME.test(name) && !/^[\d.]+$/.test(name))) return name;
  throw new CliError(
    `--name ${JSON.stringify(text)} is no host name and no IP address.`,
    'Give it without scheme and port, as in --name wall.lan or --name 192.168.1.5.',
  );
}

function givenFiles(
  { cwd }: CliContext,
  { certificate, key, renew }: CertOptions,
): CertificateFiles | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new CliError(
      'a certificate of your own takes both files.',
      'As in: lockstep cert --certificate fullchain.pem --key privkey.pem',
    );
  if (renew === true)
    throw new CliError('--renew makes a certificate, and --certificate names one.', 'Leave one of them out.');
  return { certificate: resolve(cwd, certificate), key: resolve(cwd, key) };
}

/** One that nobody can use is refused before it is written down. */
function checkGiven(files: CertificateFiles, wanted: readonly string[], nowMs: number): Certificate {
  const found = readGiven(files);
  const problem = dayProblem(found, nowMs);
  if (problem?.over === true) throw new CliError(`${problem.what}.`, `${problem.fix}.`);
  const missing = wanted.filter((name) => !covers(found.names, name));
  if (missing.length > 0)
    throw new CliError(
      `the certificate is not for ${missing.join(' and ')}: it is for ${found.names.join(', ')}.`,
      'Have it made with these names, or leave --name out.',
    );
  return found;
}

function readGiven(files: CertificateFiles): Certificate {
  try {
    return loadCertificate(files);
  } catch (error) {
    if (error instanceof CertificateError) throw new CliError(`--${error.of} ${error.message}.`, error.fix);
    throw error;
  }
}

/** Names that somebody asked for before; addresses may have changed since. */
const wished = (before: Certificate | undefined): readonly string[] =>
  (before?.names ?? []).filter((name) => isIP(name) === 0);

interface Outcome {
  readonly file: string;
  /** As it is by now. */
  readonly config: Config;
  readonly certificate: Certificate;
  /** It changed: the relay had no TLS before (true), or another certificate (false). */
  readonly begins?: boolean;
}

async function finish(
  context: CliContext,
  { json = false }: CertOptions,
  { file, config, certificate, begins }: Outcome,
): Promise<ExitCode> {
  const { server } = config;
  const { fingerprint, names, selfSigned, endsMs } = certificate;
  const { addresses } = await whereReached(server, server.port, context.timers);
  const running = begins === undefined ? undefined : relayOf(context, config);
  const out = json ? new PassThrough().resume() : context.stdout;
  if (json)
    context.stdout.write(
      `${JSON.stringify({ file, ...server.tls, fingerprint, names, selfSigned, endsMs, addresses, restart: begins === true && running !== undefined })}\n`,
    );
  out.write(
    table([
      ['Certificate', server.tls?.certificate ?? ''],
      ['Key', server.tls?.key ?? ''],
      ['For', names.join(' ')],
      ['Until', new Date(endsMs).toISOString().slice(0, 10)],
      ['SHA-256', fingerprint],
    ]),
  );
  const problem = dayProblem(certificate, context.wallClock.now());
  if (problem !== undefined) context.stderr.write(`${problem.what}. ${problem.fix}.\n`);
  if (begins === undefined) return EXIT.ok;
  if (isLoopback(server.host))
    out.write(`server.host is ${server.host}: no other machine reaches the relay until it is 0.0.0.0.\n`);
  if (selfSigned)
    out.write(
      'Browsers warn of it until they are told to accept it: open the link of `lockstep pair` there, and compare the SHA-256.\n',
    );
  if (begins) {
    const secure = addresses.filter((address) => address.startsWith('https:'));
    if (secure.length > 0)
      out.write(`Browsers of other machines are paired again, by ${secure.join(' or ')}.\n`);
    if (running !== undefined)
      out.write(`Restart the relay (process ${running}): it encrypts from its next start on.\n`);
    return EXIT.ok;
  }
  return running === undefined ? EXIT.ok : reload({ ...context, stdout: out }, { config: file });
}

function relayOf(context: CliContext, config: Config): number | undefined {
  try {
    return dataDirHolder(dataDirOf(context, config));
  } catch {
    return undefined; // Another user's; that one was told to run this command.
  }
}
