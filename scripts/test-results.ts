/** Vitest's reporter for `npm test`: what became of each test, and how long each file took with its hooks, as JSON. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export interface FileResult {
  /** Inside the project, as in `tests/unit/…`. */
  readonly file: string;
  readonly project: string;
  /** Loading it, its hooks and its tests. */
  readonly tookMs: number;
  /** It has no result of its own: it could not be loaded, or a hook of it failed. */
  readonly broken: boolean;
  readonly tests: readonly TestOutcome[];
}

export interface TestOutcome {
  readonly name: string;
  readonly state: string;
  /** Of one that failed, and of one that passed only when it was tried again: what it said first. */
  readonly complaint?: string;
}

/** Where to write is told by the one who starts Vitest, in its environment. */
export const RESULTS_VARIABLE = 'LOCKSTEP_TEST_RESULTS';

/**
 * Files that failed are tried once more when all others have ended: this puts their second results in the place of their
 * first. What passed then keeps what it said before.
 */
export function withLastTry(files: readonly FileResult[], again: readonly FileResult[]): FileResult[] {
  return files.map((first) => {
    const second = again.find(({ file, project }) => file === first.file && project === first.project);
    if (second === undefined) return first;
    const before = new Map(first.tests.map(({ name, complaint }) => [name, complaint]));
    const tests = second.tests.map((test): TestOutcome => {
      const complaint = before.get(test.name) ?? test.complaint;
      return complaint === undefined ? test : { ...test, complaint };
    });
    return { ...second, tookMs: first.tookMs + second.tookMs, tests };
  });
}

/** Something in it failed, or it could not be run. */
export function hasFailed({ broken, tests }: FileResult): boolean {
  return broken || tests.some(({ state }) => state === 'failed');
}

export default class TestResults implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env[RESULTS_VARIABLE];
    if (path !== undefined) writeFileSync(path, JSON.stringify(modules.map(fileResult)));
  }
}

function fileResult(module: TestModule): FileResult {
  const { collectDuration, setupDuration, duration } = module.diagnostic();
  const tests = [...module.children.allTests()].map((test): TestOutcome => {
    const { state, errors } = test.result();
    const outcome = { name: `${module.relativeModuleId}: ${test.fullName}`, state };
    if (state !== 'failed' && test.diagnostic()?.flaky !== true) return outcome;
    return { ...outcome, complaint: errors?.[0]?.message.split('\n')[0] ?? '' };
  });
  return {
    file: module.relativeModuleId,
    project: module.project.name,
    tookMs: collectDuration + setupDuration + duration,
    broken: module.state() === 'failed' && !tests.some(({ state }) => state === 'failed'),
    tests,
  };
}
