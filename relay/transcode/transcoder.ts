/**
 * A rung that is made on demand from another one. It only connects: what the process is fed is feeder.ts, its arguments
 * transcode-plan.ts, when to restart it relay/process, what it makes rung-output.ts.
 */
import type { Timeline } from '../../src/wire/timeline.ts';
import { RungOutput } from './rung-output.ts';
import { TranscodeLine, type TranscodeLineDeps } from './transcode-line.ts';
import type { TranscodeJob } from './transcode-plan.ts';

export interface TranscoderDeps
  extends Omit<TranscodeLineDeps, 'source' | 'job' | 'edge' | 'onPart' | 'onChange'> {
  /** Gets the parts. */
  readonly target: Timeline;
  /** {@link Transcoder.state} changed. */
  readonly onChange: () => void;
}

export interface TranscodeRequest {
  readonly source: Timeline;
  readonly job: TranscodeJob;
}

export type TranscoderState =
  | { readonly name: 'stopped' | 'starting' }
  /** `firstPictureMs` after its process was started. */
  | { readonly name: 'running'; readonly firstPictureMs: number }
  /** It leaves out pictures up to the next keyframe, to be with its source again. */
  | { readonly name: 'lagging' }
  /** `reason` is a sentence for users, without its full stop. */
  | { readonly name: 'failed'; readonly reason: string };

export interface TranscoderFigures {
  /** Of all its processes, the encoder first. */
  readonly pids: readonly number[];
  /** Pictures since the process started. */
  readonly frames: number;
  /** Media time between what it was given and what it made, in ms; undefined before its first picture. */
  readonly behindMs: number | undefined;
  /** What it was given and has not read yet, as far as it is known. */
  readonly pendingBytes: number;
  /** Media time that came from its source since it started, also what was kept from it, in ms. */
  readonly offeredMs: number;
  /** Media time that it made, in ms. */
  readonly producedMs: number;
}

export class Transcoder {
  readonly #deps: TranscoderDeps;
  readonly #output: RungOutput;
  #line: TranscodeLine | undefined;
  #next: TranscodeLine | undefined;
  readonly #leaving = new Set<Promise<void>>();

  constructor(deps: TranscoderDeps) {
    this.#deps = deps;
    this.#output = new RungOutput(deps.target, deps.timers);
  }

  get state(): TranscoderState {
    const line = this.#line;
    if (line === undefined) return { name: 'stopped' };
    if (line.trouble !== undefined) return { name: 'failed', reason: line.trouble };
    if (line.firstPictureMs === undefined) return { name: 'starting' };
    if (line.run?.lagging === true) return { name: 'lagging' };
    return { name: 'running', firstPictureMs: line.firstPictureMs };
  }

  /** Of the process that makes the rung now; undefined without one. */
  get figures(): TranscoderFigures | undefined {
    const line = this.#line;
    const run = line?.run;
    if (line === undefined || run === undefined) return undefined;
    const { pids, frames, behindMs, pendingBytes, offeredMs } = run;
    return { pids, frames, behindMs, pendingBytes, offeredMs, producedMs: line.producedMs };
  }

  /**
   * Makes it so from now on, until {@link stop}. One that is made already goes on until the other one has a keyframe:
   * as long as the picture is the same, no viewer sees the change.
   */
  make(request: TranscodeRequest): void {
    const line = this.#create(request);
    if (this.#line === undefined) {
      this.#line = line;
      this.#output.own(line);
    } else {
      if (this.#next !== undefined) this.#leave(this.#next);
      this.#next = line;
      this.#output.expect(line, () => this.#taken(line));
    }
    line.start();
  }

  /** Resolves when no process is left. May be called twice. */
  async stop(): Promise<void> {
    this.#output.release();
    for (const line of [this.#line, this.#next]) if (line !== undefined) this.#leave(line);
    this.#line = undefined;
    this.#next = undefined;
    await Promise.all(this.#leaving);
  }

  /** Replaces its process at once, outside the back-off; `reason` is half a sentence. */
  restart(reason: string): void {
    this.#line?.restart(reason);
  }

  #create({ source, job }: TranscodeRequest): TranscodeLine {
    const line: TranscodeLine = new TranscodeLine({
      ...this.#deps,
      ...{ source, job },
      edge: () => (line === this.#line ? this.#output.edge : undefined),
      onPart: (part) => this.#output.take(line, part, source),
    });
    return line;
  }

  #taken(line: TranscodeLine): void {
    if (this.#line !== undefined) this.#leave(this.#line);
    this.#line = line;
    this.#next = undefined;
    this.#deps.onChange();
  }

  #leave(line: TranscodeLine): void {
    const gone = line.stop().then(() => void this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }
}
