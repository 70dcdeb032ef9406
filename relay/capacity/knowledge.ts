/**
 * What was learnt of cameras and of this host, kept in the data folder so that the next start need not look again. It
 * is a help, never a need: what cannot be read is set aside with one line, and what cannot be written is said once.
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

const VERSION = 1;
const FILE = 'knowledge.json';
/** Ours has some ten kilobytes; a larger one is something else. */
const MAX_BYTES = 1 << 20;
const MAX_STREAMS = 500;
/** Costs change every second; a disk need not know. */
const SAVE_AFTER_MS = 30_000;

const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(200));
/** What was done, with every rung of it. */
const workText = v.pipe(v.string(), v.maxLength(2000));

const streamSchema = v.strictObject({
  /** ffmpeg's name, as in `hevc`. */
  codec: text,
  /** As RFC 6381 has it. */
  codecs: v.optional(text),
  /** ffmpeg's name, as in `yuv420p`. */
  pixelFormat: v.optional(text),
  width: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32_768)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32_768)),
  fps: v.optional(v.pipe(positive, v.maxValue(1000))),
  gopMs: v.optional(positive),
  bitrateKbps: v.optional(positive),
  interlaced: v.optional(v.boolean()),
  /** Pictures come in another order than they are shown. */
  reordered: v.optional(v.boolean()),
  /** Its server cuts pictures apart. */
  pieces: v.optional(v.boolean()),
});
/** What is known of one stream of a camera. */
export type StreamFacts = v.InferOutput<typeof streamSchema>;

const factor = v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(100));
const fileSchema = v.strictObject({
  version: v.literal(VERSION),
  /** Hash of what makes this host this host. */
  host: text,
  streams: v.record(text, v.strictObject({ origin: text, facts: streamSchema })),
  costs: v.strictObject({
    works: v.record(workText, v.strictObject({ cores: positive, thread: positive })),
    factors: v.record(text, factor),
  }),
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
  readonly #deps: KnowledgeDeps;
  readonly #path: string;
  readonly #host: string;
  readonly #streams: Map<string, Contents['streams'][string]>;
  #cancel: Cancel | undefined;
  #told = false;

  constructor(deps: KnowledgeDeps) {
    this.#deps = deps;
    this.#path = join(deps.dataDir, FILE);
    this.#host = hash(deps.host.join('\n'));
    const contents = this.#read();
    this.#streams = new Map(Object.entries(contents?.streams ?? {}));
    this.costs = new CostModel(contents === undefined ? undefined : this.#ownCosts(contents));
  }

  /**
   * @param id of the stream
   * @param origin where it comes from: known is only what was learnt of this very place. Kept as a hash.
   */
  stream(id: string, origin: string): StreamFacts | undefined {
    const known = this.#streams.get(id);
    return known?.origin === hash(origin) ? known.facts : undefined;
  }

  learnStream(id: string, origin: string, facts: StreamFacts): void {
    this.#streams.delete(id);
    this.#streams.set(id, { origin: hash(origin), facts });
    const oldest = this.#streams.keys().next();
    if (this.#streams.size > MAX_STREAMS && oldest.done !== true) this.#streams.delete(oldest.value);
    this.changed();
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
      streams: Object.fromEntries(this.#streams),
      costs: this.costs.learnt,
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
        `what was learnt of the cameras cannot be written to ${this.#path} (${why}): free space there or make it writable. Pictures go on; the next start takes longer`,
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
      `${this.#path} was learnt on another host: what cameras send is believed, what it costs is measured anew`,
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

/** Enough to tell one from another. A camera's address may hold a password, and is not to be read out of the file. */
const hash = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 16);
