/** A program that runs for us: what it is started with, what it tells, how it is ended. Starting one is spawn.ts. */
import type { Readable } from 'node:stream';
import type { Ending } from './ending.ts';

export interface ChildSpec {
  readonly program: string;
  readonly args: readonly string[];
  /** Written to standard input, which is then closed. Without it standard input is closed from the start. */
  readonly stdin?: string | undefined;
  /** Standard input stays open and is written with {@link Child.input}. */
  readonly streamed?: boolean | undefined;
  /** How much others go first, as nice(1): 0 is as important as this process, 19 the least. */
  readonly niceness?: number | undefined;
  /** Its working folder; ours by default. */
  readonly cwd?: string | undefined;
  /** How many output pipes it gets besides, on the file descriptors from {@link FIRST_OUTPUT} on. */
  readonly outputs?: number | undefined;
  /** A program whose standard output is this one's standard input: see pair.ts. */
  readonly feed?: Pick<ChildSpec, 'program' | 'args' | 'stdin' | 'streamed' | 'niceness'> | undefined;
}

/** File descriptor of the first of {@link ChildSpec.outputs}. */
export const FIRST_OUTPUT = 4;

export interface ChildEvents {
  readonly onStdout: (chunk: Uint8Array) => void;
  readonly onStderr: (text: string) => void;
  /** What the program (of a pair: the feeding one) writes to file descriptor 3. */
  readonly onControl: (text: string) => void;
  /** What it writes to one of {@link ChildSpec.outputs}. */
  readonly onOutput?: ((fd: number, chunk: Uint8Array) => void) | undefined;
  /** Called once, after the last output, never before the spawn call returns. */
  readonly onEnded: (ending: Ending) => void;
}

/** Standard input that stays open. */
export interface ChildInput {
  /**
   * Never waits; what the program does not take is kept here. Ignored once the program is gone.
   * @returns false when it is better to wait until it was taken: see `onDrained`
   */
  write(bytes: Uint8Array): boolean;
  /** What was kept here has been taken, and the program could have more. */
  onDrained(listener: () => void): void;
  /** What is kept here, in bytes. The system holds some more, of which nothing is known. */
  readonly pendingBytes: number;
}

export interface Child {
  /** Undefined when the program could not be started. */
  readonly pid: number | undefined;
  /** Of the program that feeds it, if there is one. */
  readonly feedPid?: number | undefined;
  /** Of a {@link ChildSpec.streamed} program; of a pair, where the feeding one reads. */
  readonly input?: ChildInput | undefined;
  /** Signals the whole process group; does nothing when it is gone. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export type SpawnChild = (spec: ChildSpec, events: ChildEvents) => Child;

/** Starts one program; of a pair, `to` hands on its standard output, and `from` is where its input comes from. */
export type StartChild = (
  spec: ChildSpec,
  events: ChildEvents,
  pipe: { readonly to?: (stdout: Readable) => void; readonly from?: Readable },
) => Child;
