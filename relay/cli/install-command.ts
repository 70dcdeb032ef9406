/** `lockstep install-mediamtx`: downloads MediaMTX into the data folder. What is checked on the way is relay/mediamtx/install.ts. */
import { InstallError, type InstallProgress, installMediamtx } from '../mediamtx/install.ts';
import { KNOWN_CHECKSUMS } from '../mediamtx/release.ts';
import { parseVersion } from '../mediamtx/version.ts';
import { type CliContext, dataDirOf, optionalConfig, programsOf } from './context.ts';
import { CliError } from './output.ts';

export interface InstallOptions {
  readonly version?: string;
  readonly replace?: boolean;
  readonly from?: string;
  readonly config?: string;
}

const BYTES_PER_MB = 1_000_000;
/** Between two lines of progress where nobody watches. */
const PERCENT_STEP = 25;

/** @throws CliError, ConfigError */
export async function installMediamtxCommand(context: CliContext, options: InstallOptions): Promise<void> {
  const { stdout } = context;
  const version = options.version === undefined ? undefined : parseVersion(options.version)?.text;
  if (options.version !== undefined && version === undefined) {
    throw new CliError(
      `"${options.version}" is no version of MediaMTX.`,
      'Give it as in --version 1.20.1, or leave it out.',
    );
  }
  const config = optionalConfig(context, options.config);
  const progress = createProgress(context);
  try {
    const installed = await installMediamtx(
      {
        dataDir: dataDirOf(context, config),
        platform: context.platform,
        fetch,
        knownChecksums: KNOWN_CHECKSUMS,
        ...programsOf(context),
        onProgress: (state) => progress.show(state),
      },
      {
        ...(version === undefined ? {} : { version }),
        ...(options.from === undefined ? {} : { baseUrl: options.from.replace(/\/+$/, '') }),
        ...(options.replace === undefined ? {} : { replace: options.replace }),
      },
    );
    progress.end();
    const what = installed.kind === 'installed' ? 'was installed' : 'is already there';
    stdout.write(`MediaMTX ${installed.version} ${what}: ${installed.path}\n`);
    if (config?.mediamtx.path !== undefined && config.mediamtx.path !== installed.path) {
      stdout.write(`The configuration names another one, "mediamtx.path": ${config.mediamtx.path}\n`);
    }
  } catch (error) {
    progress.end();
    if (!(error instanceof InstallError)) throw error;
    throw new CliError(
      `${error.message}.`,
      'MediaMTX is optional: without it the wall plays, but has no real-time pictures.',
    );
  }
}

/** One line that changes, on a terminal; a line every so often elsewhere. */
function createProgress({ stderr, terminal }: CliContext) {
  let last = '';
  let open = false;
  return {
    show({ receivedBytes, totalBytes }: InstallProgress): void {
      const text = progressText(receivedBytes, totalBytes, terminal ? 1 : PERCENT_STEP);
      if (text === last) return;
      last = text;
      open = terminal;
      stderr.write(terminal ? `\r${text}` : `${text}\n`);
    },
    end(): void {
      if (open) stderr.write('\n');
      open = false;
    },
  };
}

function progressText(receivedBytes: number, totalBytes: number | undefined, step: number): string {
  const received = Math.floor(receivedBytes / BYTES_PER_MB);
  if (totalBytes === undefined) return `downloading: ${Math.floor(received / 5) * 5} MB`;
  const percent = Math.floor((100 * receivedBytes) / totalBytes / step) * step;
  return `downloading ${(totalBytes / BYTES_PER_MB).toFixed(1)} MB: ${percent} %`;
}
