/** Why a child process is no longer there, as a value, with one sentence for each. Pure. */

export type Ending =
  /** It left by itself. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Somebody else killed it. */
  | { readonly kind: 'signal'; readonly signal: string }
  /** It never ran; `code` is the system's error name, as in `ENOENT`. */
  | { readonly kind: 'not-started'; readonly code: string; readonly program: string }
  /** Its configuration cannot work (address, password), so that there is no hurry; `problem` is half a sentence. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** It ran but delivered no media in time, and we killed it. */
  | { readonly kind: 'no-start'; readonly waitedMs: number }
  /** It delivered media and then fell silent, and we killed it. */
  | { readonly kind: 'hung'; readonly silentMs: number }
  /** What it delivered made no sense, and we killed it; `problem` is half a sentence. */
  | { readonly kind: 'bad-output'; readonly problem: string }
  /** We were asked to restart it; `reason` is half a sentence. */
  | { readonly kind: 'restarted'; readonly reason: string };

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** One sentence without its full stop, for users. `what` names the process, as in "encoder". */
export function describeEnding(ending: Ending, what: string): string {
  switch (ending.kind) {
    case 'exit':
      return ending.code === 0 ? `${what} ended` : `${what} ended with exit code ${ending.code}`;
    case 'signal':
      return `${what} was killed (${ending.signal})`;
    case 'not-started':
      return describeNotStarted(ending.code, ending.program, what);
    case 'refused':
      return ending.problem;
    case 'no-start':
      return `${what} delivered no picture within ${seconds(ending.waitedMs)}`;
    case 'hung':
      return `${what} delivered no picture for ${seconds(ending.silentMs)} and was killed`;
    case 'bad-output':
      return `${what} delivered damaged media (${ending.problem})`;
    case 'restarted':
      return `${what} was restarted (${ending.reason})`;
  }
}

function describeNotStarted(code: string, program: string, what: string): string {
  if (code === 'ENOENT') {
    return `${what} cannot start: program "${program}" was not found; install it or set its path in the configuration`;
  }
  if (code === 'EACCES') {
    return `${what} cannot start: program "${program}" may not be executed; check its permissions`;
  }
  return `${what} cannot start: "${program}" failed with ${code}`;
}

const LASTING = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'EPERM']);

/** True when trying again at once cannot help, because somebody must change the host first. */
export function isLasting(ending: Ending): boolean {
  return ending.kind === 'refused' || (ending.kind === 'not-started' && LASTING.has(ending.code));
}
