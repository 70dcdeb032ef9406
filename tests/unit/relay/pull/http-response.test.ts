import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError, ResponseReader } from '../../../../relay/pull/http-response.ts';

/** Answers as `status body`, when the bytes come in these pieces. */
function read(pieces: readonly (string | Buffer)[], maxBytes = 100): string[] {
  const answers: string[] = [];
  const reader = new ResponseReader(
    () => maxBytes,
    ({ status, body }) => answers.push(`${status} ${Buffer.from(body).toString('latin1')}`),
  );
  for (const piece of pieces) reader.push(Buffer.from(piece));
  return answers;
}

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\ncontent-length: 4\r\n\r\nbody';
const CHUNKS =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nchu\r\n1A;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX: y\r\n\r\n';
const REFUSAL = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
const ALL = `HTTP/1.1 100 Continue\r\n\r\n${LENGTH}${CHUNKS}${REFUSAL}HTTP/1.1 204 No Content\r\n\r\n${LENGTH}`;
const ANSWERS = ['200 body', '200 chuabcdefghijklmnopqrstuvwxyz', '404 ', '204 ', '200 body'];

describe('ResponseReader', () => {
  it.each([
    ['with a length', LENGTH, ['200 body']],
    ['in chunks, with extension and trailer', CHUNKS, ['200 chuabcdefghijklmnopqrstuvwxyz']],
    ['without a body', REFUSAL, ['404 ']],
    ['one behind the other', ALL, ANSWERS],
  ])('reads an answer %s', (_what, text, answers) => {
    expect(read([text])).toEqual(answers);
  });

  it('reads the same answers however the bytes fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: ALL.length }), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), ALL.length];
        expect(read(at.slice(1).map((end, n) => ALL.slice(at[n], end)))).toEqual(ANSWERS);
      }),
    );
  });

  it('waits for the rest of an answer', () => {
    expect(read([LENGTH.slice(0, -1)])).toEqual([]);
  });

  it.each([
    ['another protocol', 'RTSP/1.0 200 OK\r\n\r\n', 'an answer that is not HTTP/1.1'],
    ['a version that may close early', 'HTTP/1.0 200 OK\r\n\r\n', 'an answer that is not HTTP/1.1'],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n', 'an answer without a length'],
    ['a bad length', 'HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n', 'a length that is no number'],
    [
      'an unknown encoding',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
      'an encoding that we do not know',
    ],
    ['a bad chunk size', `${CHUNKS.slice(0, 47)}zz\r\n`, 'a chunk without its size'],
    ['a chunk too long', CHUNKS.replace('\nchu\r', '\nchunk\r'), 'a chunk longer than it says'],
    ['an endless line', `HTTP/1.1 200 ${'x'.repeat(9000)}`, 'a line without an end'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(101)}`, 'too many headers'],
    ['too long a body', LENGTH.replace(': 4', ': 101'), 'an answer of more than 100 bytes'],
    [
      'too many chunks',
      CHUNKS.replace('0\r\nX', `${'14\r\n01234567890123456789\r\n'.repeat(4)}0\r\nX`),
      'an answer of more than 100 bytes',
    ],
  ])('refuses %s', (_what, text, message) => {
    expect(() => read([text])).toThrow(ProtocolError);
    expect(() => read([text])).toThrow(message);
  });

  it('holds no more than its limit and never fails in another way, whatever comes', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n'),
        fc.constantFrom('\r\n', '3\r\n', 'abc', '0\r\n', 'ffffffff\r\n', ALL),
        fc.string({ maxLength: 8 }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(pieces, (texts) => {
        try {
          for (const answer of read(texts)) expect(answer.length).toBeLessThanOrEqual(104);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
