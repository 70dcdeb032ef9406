import { describe, expect, it } from 'vitest';
import { LogReader } from '../../../../relay/mediamtx/log-reader.ts';

/** Lines as MediaMTX 1.20.1 prints them. */
const LINES = `2026/03/01 18:06:52 INF MediaMTX v1.20.1, linux, amd64
2026/03/01 18:06:52 WAR [RTSP] [session 5c4a82db] 3 RTP packets lost
2026/03/01 18:06:52 ERR listen tcp 127.0.0.1:8554: bind: address already in use
`;

describe('the log of MediaMTX', () => {
  it('is told line by line with its levels', () => {
    expect(new LogReader([]).push(LINES)).toEqual([
      { level: 'info', text: 'MediaMTX v1.20.1, linux, amd64' },
      { level: 'warn', text: '[RTSP] [session 5c4a82db] 3 RTP packets lost' },
      { level: 'error', text: 'listen tcp 127.0.0.1:8554: bind: address already in use' },
    ]);
  });

  it('may come in pieces', () => {
    const reader = new LogReader([]);
    const texts = [...LINES].flatMap((letter) => reader.push(letter)).map(({ text }) => text);
    expect(texts).toHaveLength(3);
    expect(reader.lastError).toBe('listen tcp 127.0.0.1:8554: bind: address already in use');
  });

  it.each([
    ['ERR: json: unknown field "nonsense"', 'json: unknown field "nonsense"'],
    ['panic: runtime error: index out of range [3]', 'panic: runtime error: index out of range [3]'],
    ['fatal error: out of memory', 'fatal error: out of memory'],
  ])('holds the reason of an end: %s', (line, reason) => {
    const reader = new LogReader([]);
    reader.push(`${line}\n`);
    expect(reader.lastError).toBe(reason);
  });

  it('has no reason as long as nothing went wrong', () => {
    const reader = new LogReader([]);
    reader.push('2026/03/01 18:06:52 INF all is well\nsome output of another kind\n');
    expect(reader.lastError).toBeUndefined();
  });

  it('loses its secrets, and paths the key', () => {
    const reader = new LogReader(['a1b2', 'cdn-secret']);
    const [first, second] = reader.push(
      '2026/03/01 18:06:52 INF [path a1b2/front/main] online\n2026/03/01 18:06:52 ERR cdn-secret of rtsp://user:pass@127.0.0.1/a1b2\n',
    );
    expect(first?.text).toBe('[path front/main] online');
    expect(second?.text).toBe('*** of rtsp://***@127.0.0.1/***');
  });

  it('keeps no line of endless length', () => {
    const reader = new LogReader([]);
    for (let index = 0; index < 100; index += 1) reader.push('x'.repeat(1_000));
    expect(reader.push('\n')[0]?.text.length).toBeLessThanOrEqual(1_000);
  });
});
