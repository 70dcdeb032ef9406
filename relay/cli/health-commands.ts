/** `lockstep check` and `lockstep doctor`: what is wrong before the relay runs. */
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { configWarnings } from '../config/rules.ts';
import type { Config } from '../config/schema.ts';
import { checkCertificate } from '../doctor/certificate.ts';
import { diagnose } from '../doctor/doctor.ts';
import { checkFfmpeg } from '../doctor/ffmpeg.ts';
import { type Finding, ok, warn } from '../doctor/finding.ts';
import { createHost } from '../doctor/host.ts';
import { checkMediamtx, type MediamtxCheck } from '../doctor/mediamtx.ts';
import { createPortProbe } from '../mediamtx/ports.ts';
import { type CliContext, dataDirOf, neededFile, optionalConfig, programsOf } from './context.ts';
import { EXIT, type ExitCode, findingsText, problemFinding } from './output.ts';

export interface HealthOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** The file and the tools, nothing that takes time or needs the network. @throws ConfigError */
export async function check(context: CliContext, { config: named, json }: HealthOptions): Promise<ExitCode> {
  const file = neededFile(context, named);
  const config = loadConfig(file);
  const findings = [
    ok(file, config.cameras.length === 1 ? 'valid, 1 camera' : `valid, ${config.cameras.length} cameras`),
    ...configWarnings(config).map(({ key, what, fix }) => warn(key, what, fix)),
    ...checkCertificate(config, context.wallClock.now()),
    await checkFfmpeg(createHost(programsOf(context)), config.ffmpeg),
    ...(await checkMediamtx(mediamtxCheck(context, config))),
  ];
  return report(context, findings, json);
}

/** Everything that can be told about this host. A broken configuration is one finding among others. */
export async function doctor(context: CliContext, { config: file, json }: HealthOptions): Promise<ExitCode> {
  const { config, problems } = tryConfig(context, file);
  const findings = await diagnose({
    host: createHost(programsOf(context)),
    run: programsOf(context),
    dataDir: dataDirOf(context, config),
    mediamtx: mediamtxCheck(context, config),
    server: config?.server ?? { host: '127.0.0.1', port: DEFAULT_PORT },
    config,
    cores: context.cores,
    nowMs: context.wallClock.now(),
  });
  return report(context, [...problems, ...findings], json);
}

function mediamtxCheck(context: CliContext, config: Config | undefined): MediamtxCheck {
  return {
    ...programsOf(context),
    config,
    env: context.env,
    dataDir: dataDirOf(context, config),
    probe: createPortProbe(),
  };
}

function tryConfig(
  context: CliContext,
  file: string | undefined,
): { config: Config | undefined; problems: Finding[] } {
  try {
    return { config: optionalConfig(context, file), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: undefined, problems: error.problems.map(problemFinding) };
  }
}

function report({ stdout }: CliContext, findings: readonly Finding[], json: boolean | undefined): ExitCode {
  const healthy = findings.every(({ level }) => level !== 'fail');
  stdout.write(json ? `${JSON.stringify({ healthy, findings })}\n` : findingsText(findings));
  return healthy ? EXIT.ok : EXIT.failure;
}
