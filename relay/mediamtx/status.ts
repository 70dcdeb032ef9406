/** What the supervisor's state of the MediaMTX process means to the rest of the relay, in words. Pure. */
import { describeEnding, type Ending } from '../process/ending.ts';
import type { SupervisorState } from '../process/supervisor-machine.ts';

export type MediamtxState =
  | { readonly name: 'stopped' }
  /** First start. */
  | { readonly name: 'starting' }
  /** It runs with the settings asked for and answers. */
  | { readonly name: 'ready'; readonly version: string; readonly pid: number | undefined }
  /** It is being restarted, or will be in a moment; `reason` is a sentence without its full stop. */
  | { readonly name: 'lost'; readonly reason: string }
  /** It keeps failing. Tried again for ever, with growing pauses. */
  | { readonly name: 'degraded'; readonly reason: string; readonly failures: number };

/** With the supervisor's back-off, the fourth failure without a healthy minute between comes after 2 to 4 s. */
const DEGRADED_AFTER = 4;

export interface RunFacts {
  /** Of the process that runs or ran last. */
  readonly version: string;
  readonly pid: number | undefined;
  /** Why the last process is gone or about to go. */
  readonly reason: string | undefined;
}

export function mediamtxState(
  supervisor: SupervisorState,
  { version, pid, reason }: RunFacts,
): MediamtxState {
  if (supervisor.name === 'stopped') return { name: 'stopped' };
  if (supervisor.name === 'running') return { name: 'ready', version, pid };
  if (reason === undefined) return { name: 'starting' };
  const { failures } = supervisor;
  return supervisor.name === 'failed' || failures >= DEGRADED_AFTER
    ? { name: 'degraded', reason, failures }
    : { name: 'lost', reason };
}

/**
 * Why MediaMTX is gone: a sentence without its full stop.
 * @param lastError the last error in its log
 */
export function describeLoss(ending: Ending, lastError: string | undefined): string {
  switch (ending.kind) {
    case 'bad-output':
      return `MediaMTX ${ending.problem}`;
    case 'no-start':
      return withError(`MediaMTX was not ready within ${Math.round(ending.waitedMs / 1000)} s`, lastError);
    case 'hung':
      return `MediaMTX did not answer for ${Math.round(ending.silentMs / 1000)} s and was killed`;
    case 'exit':
      return withError(describeEnding(ending, 'MediaMTX'), lastError);
    default:
      return describeEnding(ending, 'MediaMTX');
  }
}

const withError = (sentence: string, lastError: string | undefined): string =>
  lastError === undefined ? sentence : `${sentence}: ${lastError}`;
