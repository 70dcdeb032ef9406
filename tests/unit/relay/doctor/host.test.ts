import { describe, expect, it } from 'vitest';
import { createHost, type RunResult } from '../../../../relay/doctor/host.ts';
import type { ChildEvents, SpawnChild } from '../../../../relay/process/child.ts';
import type { Ending } from '../../../../relay/process/ending.ts';
import { FakeTime } from '../../../support/fake-time.ts';

/** Runs a program that the test plays. */
async function answerTo(play: (events: ChildEvents, time: FakeTime) => void): Promise<RunResult> {
  const time = new FakeTime(0);
  const spawn: SpawnChild = (_spec, events) => {
    queueMicrotask(() => play(events, time));
    return { pid: 7, signal: (signal) => events.onEnded({ kind: 'signal', signal }) };
  };
  return createHost({ spawn, timers: time }).run('ffmpeg', ['-version']);
}
const write = ({ onStdout }: ChildEvents, text: string): void => onStdout(new TextEncoder().encode(text));

describe('a program that the doctor runs', () => {
  it('ends with what it wrote to standard output', async () => {
    const answer = await answerTo((events) => {
      write(events, 'ffmpeg ver');
      events.onStderr('a warning');
      write(events, 'sion 7.1\n');
      events.onEnded({ kind: 'exit', code: 3 });
    });
    expect(answer).toEqual({ kind: 'ended', exitCode: 3, stdout: 'ffmpeg version 7.1\n' });
  });

  it.each<[string, Ending, RunResult['kind']]>([
    ['is not there', { kind: 'not-started', code: 'ENOENT', program: 'ffmpeg' }, 'missing'],
    ['may not be run', { kind: 'not-started', code: 'EACCES', program: 'ffmpeg' }, 'denied'],
    ['is no program', { kind: 'not-started', code: 'ENOEXEC', program: 'ffmpeg' }, 'broken'],
    ['crashes', { kind: 'signal', signal: 'SIGSEGV' }, 'broken'],
  ])('that %s', async (_what, ending, kind) => {
    expect(await answerTo((events) => events.onEnded(ending))).toEqual({ kind });
  });

  it('that does not answer is killed', async () => {
    expect(await answerTo((_events, time) => time.advance(10_001))).toEqual({ kind: 'hung' });
  });
});
