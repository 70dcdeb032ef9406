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
  /** Of one that passed only when it was tried again: what it said before. */
  readonly firstFailure?: string;
}

/** Where to write is told by the one who starts Vitest, in its environment. */
export const RESULTS_VARIABLE = 'LOCKSTEP_TEST_RESULTS';

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
    if (test.diagnostic()?.flaky !== true) return outcome;
    return { ...outcome, firstFailure: errors?.[0]?.message.split('\n')[0] ?? '' };
  });
  return {
    file: module.relativeModuleId,
    project: module.project.name,
    tookMs: collectDuration + setupDuration + duration,
    broken: module.state() === 'failed' && !tests.some(({ state }) => state === 'failed'),
    tests,
  };
}
