/**
 * Reads the configuration again when it is asked to, and gives it to the relay; a file with problems changes nothing.
 * One reload at a time: asked during one, it does one more, since the file may have changed after it was read.
 */
import type { ConfigDiff } from '../config/diff.ts';
import { ConfigError } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { diffLines, type ReloadAnswer, type ReloadResult } from './reload-answer.ts';

export interface ReloaderDeps {
  /** The configuration, as it was named. */
  readonly file: string;
  /** This process. */
  readonly pid: number;
  /** @throws ConfigError */
  readonly load: () => Config;
  readonly apply: (config: Config) => Promise<ConfigDiff>;
  readonly sharedClockNs: () => bigint;
  /** May throw: nobody is served by a relay that ends for it. */
  readonly answer: (answer: ReloadAnswer) => void;
  readonly log: Log;
}

export class Reloader {
  readonly #deps: ReloaderDeps;
  #work: Promise<ReloadResult> | undefined;
  #again = false;

  constructor(deps: ReloaderDeps) {
    this.#deps = deps;
    this.#answer(deps.sharedClockNs(), { outcome: 'ready' });
  }

  /** Never rejects; resolves when nothing is left to do, with what came of the last time. */
  ask(): Promise<ReloadResult> {
    this.#again = true;
    this.#work ??= this.#reloadAll();
    return this.#work;
  }

  async #reloadAll(): Promise<ReloadResult> {
    for (;;) {
      this.#again = false;
      const begunNs = this.#deps.sharedClockNs();
      const result = await this.#reload();
      this.#report(result);
      this.#answer(begunNs, result);
      if (this.#again) continue;
      this.#work = undefined;
      return result;
    }
  }

  async #reload(): Promise<ReloadResult> {
    try {
      return { outcome: 'applied', diff: await this.#deps.apply(this.#deps.load()) };
    } catch (error) {
      if (error instanceof ConfigError) return { outcome: 'refused', problems: error.message.split('\n') };
      this.#deps.log.error({ area: 'config', err: error }, 'the relay failed to change its cameras');
      return { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #report(result: ReloadResult): void {
    const { file, log } = this.#deps;
    if (result.outcome === 'refused') {
      log.error({ area: 'config' }, `${file} was read again and has problems: the relay goes on as before`);
      for (const problem of result.problems) log.error({ area: 'config' }, problem);
    } else if (result.outcome === 'applied') {
      const lines = diffLines(result.diff);
      if (lines.length === 0) log.info({ area: 'config' }, `${file} was read again: nothing changed`);
      for (const line of lines) log.info({ area: 'config' }, `${file} was read again: ${line}`);
    }
  }

  #answer(begunNs: bigint, result: ReloadResult): void {
    const { pid, file, answer, log } = this.#deps;
    try {
      answer({ pid, begunNs: String(begunNs), file, result });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ area: 'config' }, `\`lockstep reload\` gets no answer: ${reason}`);
    }
  }
}
