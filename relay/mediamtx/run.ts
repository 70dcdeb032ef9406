/**
 * One life of a MediaMTX process: looks at the program and its ports, writes the configuration, starts it, makes sure
 * that what runs is what was asked for, then asks it every second whether it still answers. When to start another one,
 * and ending this one, is the manager's.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Child, SpawnChild } from '../process/child.ts';
import type { Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { PortHolder } from '../process/port-owner.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import { AnswerWatch, POLL_MS } from './answer-watch.ts';
import { ApiError, type MediamtxApi } from './api.ts';
import type { Identified } from './find.ts';
import { LogReader } from './log-reader.ts';
import { PortTakenError } from './ports.ts';
import { findDifferences } from './read-back.ts';
import { type RunFolder, RunFolderError } from './run-folder.ts';
import { type MediamtxSettings, settingsFile } from './settings.ts';
import { parseVersion } from './version.ts';

export interface RunDeps {
  readonly program: string;
  /** Asked at each start: the program may have been replaced by another version meanwhile. */
  readonly identify: (program: string) => Promise<Identified>;
  /** @throws PortTakenError when somebody has one of the ports */
  readonly freePorts: () => Promise<void>;
  readonly apiPort: number;
  readonly settings: MediamtxSettings;
  readonly connect: (apiPort: number) => MediamtxApi;
  /** Who listens at a TCP port: the process `pid` and its group, or somebody else. */
  readonly holderOf: (port: number, pid: number) => PortHolder;
  readonly folder: RunFolder;
  readonly spawn: SpawnChild;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
  /** Cut out of everything it prints. */
  readonly secrets: readonly string[];
  readonly log: Logger;
}

export interface RunEvents {
  readonly onReady: (ready: { readonly version: string; readonly pid: number | undefined }) => void;
  /** It answered; called about once a second. */
  readonly onAnswer: () => void;
  /** It must be ended; `problem` continues a sentence that begins with "MediaMTX". */
  readonly onFault: (problem: string) => void;
  /** Called once, never before {@link MediamtxRun.start} returned. */
  readonly onEnded: (ending: Ending) => void;
}

/** It is ready 50 ms after its start. */
const READY_POLL_MS = 50;
/** A wrong answer may be another program's that is about to make room; several are not. */
const MAX_WRONG_ANSWERS = 3;

export class MediamtxRun {
  readonly #deps: RunDeps;
  readonly #events: RunEvents;
  readonly #reader: LogReader;
  #child: Child | undefined;
  #polls: Cancel | undefined;
  /** Nothing is asked or told any more but the end. */
  #over = false;
  #ended = false;

  constructor(deps: RunDeps, events: RunEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#reader = new LogReader(deps.secrets);
  }

  get lastError(): string | undefined {
    return this.#reader.lastError;
  }

  start(): void {
    this.#begin().catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'starting MediaMTX failed unexpectedly');
      this.#fault(`could not be started (${error instanceof Error ? error.message : String(error)})`);
    });
  }

  /** Asks it to end; one that is over already because it hangs is not asked any more. */
  terminate(): void {
    this.#signal(this.#over ? 'SIGKILL' : 'SIGTERM');
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child === undefined) this.#end({ kind: 'signal', signal });
    else this.#child.signal(signal);
  }

  async #begin(): Promise<void> {
    const { program, identify, freePorts, settings, folder } = this.#deps;
    const identified = await identify(program);
    if (identified.kind === 'unusable') return this.#refuse(identified.problem);
    await this.#orRefuse(freePorts, PortTakenError);
    if (this.#over) return;
    const file = await this.#orRefuse(() => folder.write(settingsFile(settings)), RunFolderError);
    if (file === undefined || this.#over) return;
    this.#spawn(file);
    await this.#verify(identified.version.text);
  }

  /** The value, or undefined when the step failed for a reason that somebody can mend: then the run is over. */
  async #orRefuse<T>(step: () => T | Promise<T>, refusal: new () => Error): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof refusal)) throw error;
      this.#refuse(error.message);
      return undefined;
    }
  }

  #refuse(problem: string): void {
    this.#end({ kind: 'refused', problem });
  }

  #spawn(configFile: string): void {
    const { program, folder, spawn, runRecords, log } = this.#deps;
    let forget: Cancel = () => undefined;
    const decoder = new TextDecoder();
    const child = spawn(
      // Its folder is private as well: some settings make it write certificates where it stands.
      { program, args: [configFile], cwd: folder.path },
      {
        onStdout: (chunk) => this.#read(decoder.decode(chunk, { stream: true })),
        onStderr: (text) => this.#read(text),
        onControl: () => undefined,
        onEnded: (ending) => {
          forget();
          this.#end(ending);
        },
      },
    );
    this.#child = child;
    if (child.pid === undefined) return;
    forget = runRecords.add(child.pid, 'MediaMTX');
    log.info({ pid: child.pid, program }, 'MediaMTX started');
  }

  #read(text: string): void {
    const { log } = this.#deps;
    for (const line of this.#reader.push(text)) {
      const write = line.level === 'error' || line.level === 'warn' ? log.warn : log.debug;
      write.call(log, { says: line.text }, 'MediaMTX');
    }
  }

  async #verify(version: string): Promise<void> {
    const { clock, timers, connect, apiPort, settings } = this.#deps;
    let wrongAnswers = 0;
    while (!this.#over) {
      try {
        await this.#untilItListens(apiPort);
        if (this.#over) return;
        const api = connect(apiPort);
        const running = parseVersion(await api.version())?.text;
        if (running !== version) {
          return this.#fault(`says at its API that it is version ${running ?? 'unknown'}, not ${version}`);
        }
        const differences = findDifferences(settings, {
          global: await api.globalSettings(),
          pathDefaults: await api.pathDefaults(),
          pathNames: await api.configuredPaths(),
        });
        if (differences.length > 0) {
          return this.#fault(
            `runs with other settings than asked for: ${differences.slice(0, 3).join('; ')}`,
          );
        }
        return this.#ready(api, version, new AnswerWatch(clock.now()));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.kind === 'wrong') wrongAnswers += 1;
        if (wrongAnswers >= MAX_WRONG_ANSWERS) return this.#fault(`cannot be asked: ${error.message}`);
      }
      await new Promise<void>((resolve) => timers.after(READY_POLL_MS, resolve));
    }
  }

  /**
   * Each question carries the password, which must go to nobody else: a port that was free when it was looked for may
   * have been taken meanwhile, by another user of the host too.
   * @throws ApiError when somebody else listens there
   */
  async #untilItListens(port: number): Promise<void> {
    const { holderOf, timers } = this.#deps;
    while (!this.#over) {
      const pid = this.#child?.pid;
      const holder = pid === undefined ? 'nobody' : holderOf(port, pid);
      if (holder === 'other') throw new ApiError('wrong', 'another program listens at its API port');
      if (holder !== 'nobody') return;
      await new Promise<void>((resolve) => timers.after(READY_POLL_MS, resolve));
    }
  }

  #ready(api: MediamtxApi, version: string, watch: AnswerWatch): void {
    if (this.#over) return;
    this.#events.onReady({ version, pid: this.#child?.pid });
    this.#polls = this.#deps.timers.every(POLL_MS, () => {
      this.#poll(api, watch).catch((error: unknown) => {
        this.#deps.log.error({ err: error }, 'asking MediaMTX failed unexpectedly');
      });
    });
  }

  async #poll(api: MediamtxApi, watch: AnswerWatch): Promise<void> {
    const { clock, log } = this.#deps;
    try {
      await api.version();
      if (this.#over) return;
      watch.answered(clock.now());
      this.#events.onAnswer();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#over) return;
      log.debug({ problem: error.message }, 'MediaMTX gave no usable answer');
      if (watch.missed(clock.now())) this.#fault(`hangs: ${error.message}, several times in a row`);
    }
  }

  #fault(problem: string): void {
    if (this.#over) return;
    this.#finish();
    this.#events.onFault(problem);
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#finish();
    // Later, since the caller may still be about to learn that this run exists.
    this.#deps.timers.after(0, () => this.#events.onEnded(ending));
  }

  #finish(): void {
    this.#over = true;
    this.#polls?.();
    this.#polls = undefined;
  }
}
