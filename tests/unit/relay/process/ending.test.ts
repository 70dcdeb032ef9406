import { describe, expect, it } from 'vitest';
import { describeEnding, type Ending, isLasting } from '../../../../relay/process/ending.ts';

const CASES: [Ending, string, boolean][] = [
  [{ kind: 'exit', code: 0 }, 'encoder ended', false],
  [{ kind: 'exit', code: 187 }, 'encoder ended with exit code 187', false],
  [{ kind: 'signal', signal: 'SIGKILL' }, 'encoder was killed (SIGKILL)', false],
  [
    { kind: 'not-started', code: 'ENOENT', program: '/opt/ffmpeg' },
    'encoder cannot start: program "/opt/ffmpeg" was not found; install it or set its path in the configuration',
    true,
  ],
  [
    { kind: 'not-started', code: 'EACCES', program: 'ffmpeg' },
    'encoder cannot start: program "ffmpeg" may not be executed; check its permissions',
    true,
  ],
  [
    { kind: 'not-started', code: 'EAGAIN', program: 'ffmpeg' },
    'encoder cannot start: "ffmpeg" failed with EAGAIN',
    false,
  ],
  [
    { kind: 'refused', problem: 'the camera address names no host' },
    'the camera address names no host',
    true,
  ],
  [{ kind: 'no-start', waitedMs: 15_020 }, 'encoder delivered no picture within 15 s', false],
  [{ kind: 'hung', silentMs: 5100 }, 'encoder delivered no picture for 5 s and was killed', false],
  [
    { kind: 'bad-output', problem: 'no media container' },
    'encoder delivered damaged media (no media container)',
    false,
  ],
  [{ kind: 'restarted', reason: 'asked' }, 'encoder was restarted (asked)', false],
];

describe('describeEnding', () => {
  it.each(CASES)('%j reads "%s"', (ending, sentence) => {
    expect(describeEnding(ending, 'encoder')).toBe(sentence);
  });
});

describe('isLasting', () => {
  it.each(CASES)('%j (%s): %s', (ending, _sentence, lasting) => {
    expect(isLasting(ending)).toBe(lasting);
  });
});
