import { pino } from 'pino';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { diffLines, type ReloadAnswer } from '../../../../relay/cli/reload-answer.ts';
import { Reloader } from '../../../../relay/cli/reloader.ts';
import type { ConfigDiff } from '../../../../relay/config/diff.ts';
import { ConfigError } from '../../../../relay/config/problem.ts';
import { configSchema } from '../../../../relay/config/schema.ts';

const SAME: ConfigDiff = { added: [], removed: [], changed: [], moved: false, restart: [] };
const CONFIG = v.parse(configSchema, { cameras: [{ id: 'a', source: { type: 'test' } }] });

function setUp() {
  const answers: ReloadAnswer[] = [];
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(String(JSON.parse(line).msg)) };
  const next = { load: () => CONFIG, apply: (): Promise<ConfigDiff> => Promise.resolve(SAME) };
  let nowNs = 100n;
  const reloader = new Reloader({
    file: 'lockstep.yaml',
    pid: 7,
    load: () => next.load(),
    apply: () => next.apply(),
    sharedClockNs: () => {
      nowNs += 1n;
      return nowNs;
    },
    answer: (answer) => answers.push(answer),
    log: pino({}, stream),
  });
  return { reloader, answers, lines, next };
}

describe('Reloader', () => {
  it('says that it can be asked, and then what came of it', async () => {
    const { reloader, answers, lines } = setUp();
    expect(answers).toEqual([
      { pid: 7, begunNs: '101', file: 'lockstep.yaml', result: { outcome: 'ready' } },
    ]);
    await reloader.ask();
    expect(answers[1]).toEqual({
      pid: 7,
      begunNs: '102',
      file: 'lockstep.yaml',
      result: { outcome: 'applied', diff: SAME },
    });
    expect(lines).toEqual(['lockstep.yaml was read again: nothing changed']);
  });

  it('gives a file with problems to nobody, and tells each problem', async () => {
    const { reloader, answers, lines, next } = setUp();
    const place = { file: 'x.yaml', line: 2, column: 3 };
    next.load = () => {
      throw new ConfigError([{ ...place, key: 'engin', what: 'is not a known key', fix: 'Fix it.' }]);
    };
    next.apply = () => Promise.reject(new Error('must not be called'));
    await reloader.ask();
    expect(answers[1]?.result).toEqual({
      outcome: 'refused',
      problems: ['x.yaml:2:3: engin is not a known key. Fix it.'],
    });
    expect(lines).toEqual([
      'lockstep.yaml was read again and has problems: the relay goes on as before',
      'x.yaml:2:3: engin is not a known key. Fix it.',
    ]);
  });

  it('does one more when it is asked during one', async () => {
    const { reloader, answers, next } = setUp();
    const waiting: (() => void)[] = [];
    next.apply = () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(SAME));
      });
    const asked = [reloader.ask(), reloader.ask(), reloader.ask()];
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect([waiting.length, answers.length]).toEqual([2, 2]);
    waiting[1]?.();
    expect(await Promise.all(asked)).toEqual(Array(3).fill({ outcome: 'applied', diff: SAME }));
    expect([waiting.length, answers.length]).toEqual([2, 3]);
  });

  it('outlives what it cannot do', async () => {
    const { reloader, answers, next } = setUp();
    next.apply = () => Promise.reject(new Error('no more memory'));
    await reloader.ask();
    expect(answers[1]?.result).toEqual({ outcome: 'failed', reason: 'no more memory' });
    next.apply = () => Promise.resolve(SAME);
    await reloader.ask();
    expect(answers[2]?.result.outcome).toBe('applied');
  });
});

it('says in lines what changed', () => {
  expect(diffLines(SAME)).toEqual([]);
  expect(
    diffLines({
      added: ['yard'],
      removed: ['gate'],
      changed: [
        { id: 'door', keys: ['name', 'offsetMs'], anew: false },
        { id: 'porch', keys: ['source.url'], anew: true },
      ],
      moved: true,
      restart: ['server.port'],
    }),
  ).toEqual([
    'camera "yard" added',
    'camera "gate" removed',
    'camera "door" changed (name, offsetMs)',
    'camera "porch" changed (source.url): started anew',
    'the order of the cameras changed',
    '"server.port" changed: takes effect when the relay is restarted',
  ]);
});
