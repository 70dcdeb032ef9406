/**
 * What was learnt of this host and its cameras, kept in the data folder so that the next start need not try again. It is a help, never a
 * need: what cannot be read is set aside with one line, and what cannot be written is said once.
 */
import { createHash } from 'node:crypto';
import { renameSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import { readIfPresent, writePrivateFile } from '../files/private-file.ts';
import type { Logger } from '../process/logger.ts';
import { CostModel, type LearntCosts } from './cost.ts';
import { KnownStreams } from './known-streams.ts';

const VERSION = 1;
const FILE = 'knowledge.json';
/** Ours has some ten kilobytes; a larger one is something else. */
const MAX_BYTES = 1 << 20;
/** Costs change every second; a disk need not know. */
const SAVE_AFTER_MS = 30_000;

const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(200));
/** What was done, with every rung of it. */
const workText = v.pipe(v.string(), v.maxLength(2000));

const factor = v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(100));
const fileSchema = v.object({
  version: v.literal(VERSION),
  /** Hash of what makes this host this host. */
  host: text,
  costs: v.strictObject({
    works: v.record(workText, v.strictObject({ cores: positive, thread: positive })),
    factors: v.record(text, factor),
  }),
  /** Of streams whose pictures come in their order. */
  headers: v.optional(v.record(text, text), {}),
});
type Contents = v.InferOutput<typeof fileSchema>;

export interface KnowledgeDeps {
  readonly dataDir: string;
  /** What makes this host this host, by {@link hostMarks}: what a transcoder costs elsewhere says nothing here. */
  readonly host: readonly string[];
  readonly log: Logger;
  readonly timers: Timers;
}

export class Knowledge {
  /** Learns while it is used; {@link changed} keeps it. */
  readonly costs: CostModel;
  readonly streams: KnownStreams;
  readonly #deps: KnowledgeDeps;
  readonly #path: string;
  readonly #host: string;
  #cancel: Cancel | undefined;
  #told = false;

  constructor(deps: KnowledgeDeps) {
    this.#deps = deps;
    this.#path = join(deps.dataDir, FILE);
    this.#host = hash(deps.host.join('\n'));
    const contents = this.#read();
    this.costs = new CostModel(contents === undefined ? undefined : this.#ownCosts(contents));
    // Whichever host looked at it: a stream is the camera's.
    this.streams = new KnownStreams(contents?.headers ?? {}, () => this.changed());
  }

  /** To be written before long. */
  changed(): void {
    this.#cancel ??= this.#deps.timers.after(SAVE_AFTER_MS, () => this.save());
  }

  /** Writes what was learnt, when anything was. Never throws. */
  save(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    const contents: Contents = {
      version: VERSION,
      host: this.#host,
      costs: this.costs.learnt,
      headers: this.streams.headers,
    };
    try {
      writePrivateFile(this.#path, `${JSON.stringify(contents, undefined, 1)}\n`);
      this.#told = false;
    } catch (error) {
      if (this.#told) return;
      this.#told = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#deps.log.warn(
        {},
        `what was learnt of this host cannot be written to ${this.#path} (${why}): free space there or make it writable. Pictures go on; the next start takes longer`,
      );
    }
  }

  #read(): Contents | undefined {
    try {
      const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > MAX_BYTES) throw new Error(`it has ${size} bytes`);
      const content = readIfPresent(this.#path);
      return content === undefined ? undefined : v.parse(fileSchema, JSON.parse(content));
    } catch (error) {
      this.#setAside(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #ownCosts({ host, costs }: Contents): LearntCosts | undefined {
    if (host === this.#host) return costs;
    this.#deps.log.warn(
      {},
      `${this.#path} was learnt on another host: what transcoders cost is measured anew`,
    );
    return undefined;
  }

  #setAside(why: string): void {
    const aside = `${this.#path}.unusable`;
    let kept = `is kept as ${aside}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      kept = 'stays until it is written anew';
    }
    this.#deps.log.warn({}, `${this.#path} cannot be used (${why}) and ${kept}: all is learnt anew`);
  }
}

/**
 * What makes this host this host, for {@link KnowledgeDeps}: machine-id(5) where there is one, its name elsewhere, and
 * its processor, since a disk may move to another machine.
 */
export function hostMarks(
  readText: (path: string) => string | undefined,
  cpus: readonly { model: string }[],
): string[] {
  const id = readText('/etc/machine-id')?.trim();
  return [id === undefined || id === '' ? hostname() : id, cpus[0]?.model ?? '', String(cpus.length)];
}

/** Enough to tell one from another. */
const hash = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 16);
