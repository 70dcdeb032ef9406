import { describe, expect, it } from 'vitest';
import { describeLoss, mediamtxState } from '../../../../relay/mediamtx/status.ts';
import type { Ending } from '../../../../relay/process/ending.ts';

const killed: Ending = { kind: 'signal', signal: 'SIGKILL' };
const facts = { version: '1.20.1', pid: 7, reason: 'it was killed' };

describe('the state of MediaMTX', () => {
  it('is ready while it answers, whatever happened before', () => {
    const running = { name: 'running', sinceMs: 0, mediaMs: 0, failures: 9 } as const;
    expect(mediamtxState(running, facts)).toEqual({ name: 'ready', version: '1.20.1', pid: 7 });
  });

  it('is starting until the first failure', () => {
    const starting = { name: 'starting', sinceMs: 0, failures: 0 } as const;
    expect(mediamtxState(starting, { ...facts, reason: undefined })).toEqual({ name: 'starting' });
  });

  it.each([
    ['backing-off', 1, 'lost'],
    ['backing-off', 3, 'lost'],
    ['backing-off', 4, 'degraded'],
    ['failed', 1, 'degraded'],
  ] as const)('is, while %s after %d failures, %s', (name, failures, state) => {
    expect(mediamtxState({ name, untilMs: 0, failures, ending: killed }, facts)).toMatchObject({
      name: state,
      reason: 'it was killed',
    });
  });
});

describe('a loss', () => {
  it.each<[Ending, string | undefined, string]>([
    [{ kind: 'exit', code: 1 }, 'address in use', 'MediaMTX ended with exit code 1: address in use'],
    [{ kind: 'exit', code: 0 }, 'bad reload', 'MediaMTX ended: bad reload'],
    [{ kind: 'exit', code: 2 }, undefined, 'MediaMTX ended with exit code 2'],
    [killed, 'some older error', 'MediaMTX was killed (SIGKILL)'],
    [{ kind: 'bad-output', problem: 'hangs: no answer' }, undefined, 'MediaMTX hangs: no answer'],
    [{ kind: 'no-start', waitedMs: 15_200 }, 'slow disk', 'MediaMTX was not ready within 15 s: slow disk'],
    [{ kind: 'hung', silentMs: 5_100 }, undefined, 'MediaMTX did not answer for 5 s and was killed'],
    [{ kind: 'refused', problem: 'a file is in the way' }, undefined, 'a file is in the way'],
  ])('is told in words: %j', (ending, lastError, sentence) => {
    expect(describeLoss(ending, lastError)).toBe(sentence);
  });
});
