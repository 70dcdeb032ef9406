import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog, redact } from '../../../relay/log.ts';

/** stderr of ffmpeg 5.1.9, reading rtsp://admin:s3cr3t@… from a closed port, a list on stdin, and a camera that says 401. */
const FFMPEG_STDERR: readonly (readonly [line: string, shown: string])[] = [
  [
    'rtsp://admin:s3cr3t@127.0.0.1:9/stream: Connection refused',
    'rtsp://***@127.0.0.1:9/stream: Connection refused',
  ],
  [
    "[concat @ 0x55efbbecd940] Impossible to open 'rtsp://admin:s3cr3t@127.0.0.1:9/stream'",
    "[concat @ 0x55efbbecd940] Impossible to open 'rtsp://***@127.0.0.1:9/stream'",
  ],
  [
    "Reading option '-i' ... matched as input url with argument 'rtsp://admin:p@ss:w0rd@127.0.0.1:9/stream?token=abc123&x=1'.",
    "Reading option '-i' ... matched as input url with argument 'rtsp://***@127.0.0.1:9/stream?token=***&x=1'.",
  ],
  [
    'User-Agent: Lavf59.27.100\r\nAuthorization: Basic YWRtaW46czNjcjN0\r\n\r\n--',
    'User-Agent: Lavf59.27.100\r\nAuthorization: ***\r\n\r\n--',
  ],
  [
    'rtsp://admin:s3cr3t@127.0.0.1:36719/stream: Server returned 401 Unauthorized (authorization failed)',
    'rtsp://***@127.0.0.1:36719/stream: Server returned 401 Unauthorized (authorization failed)',
  ],
  [
    '[tcp @ 0x55bff90a5540] Connection to tcp://127.0.0.1:9?timeout=0 failed: Connection refused',
    '[tcp @ 0x55bff90a5540] Connection to tcp://127.0.0.1:9?timeout=0 failed: Connection refused',
  ],
];

describe('redact', () => {
  it.each(FFMPEG_STDERR)('cleans ffmpeg: %s', (line, expected) => {
    expect(redact(line)).toBe(expected);
  });

  it.each([
    ['rtsp://cam/user=admin_password=s3cr3t_channel=1', 'rtsp://cam/user=admin_password=***'],
    ['rtsp://admin:s3/cr@3t@cam/live', 'rtsp://***@cam/live'],
    ['GET /x?a=1&TOKEN=abc&b=2', 'GET /x?a=1&TOKEN=***&b=2'],
    ['{"password":"s3\\"cr3t","id":"a"}', '{"password":"***","id":"a"}'],
    ['password="two words" rest', 'password=*** rest'],
    ['sent Bearer AbCdEf-123_456.789', 'sent Bearer ***'],
    ['proxy-authorization: Digest username="admin", response="0f"', 'proxy-authorization: ***'],
  ])('cleans %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['camera front is live', 'mail ann@example.org', 'http://127.0.0.1:8780/live', 'compass=north'])(
    'leaves %s',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

class Lines extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('createLog', () => {
  const URL = 'rtsp://admin:s3cr3t@cam/s';

  it('writes one JSON line with level, area and camera', () => {
    const stream = new Lines();
    createLog({ level: 'info', stream })
      .child({ area: 'encoder', camera: 'front' })
      .info({ delayMs: 4 }, 'started');
    expect(JSON.parse(stream.text)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      area: 'encoder',
      camera: 'front',
      delayMs: 4,
      msg: 'started',
    });
  });

  it.each(['program', 'terminal', 'journal'] as const)('hides secrets wherever they stand (%s)', (reader) => {
    const stream = new Lines();
    const log = createLog({ level: 'debug', stream, reader }).child({ source: URL });
    log.info(`open ${URL}`);
    log.info('open %s', URL);
    log.warn({ nested: { list: [URL] }, password: 's3cr3t', header: { Authorization: 's3cr3t' } }, 'fields');
    log.error({ err: new Error(`cannot open ${URL}`, { cause: new Error(URL) }) }, 'failed');
    log.error(new Error(URL));
    expect(stream.text).toContain('failed');
    expect(stream.text).toContain('***@cam/s');
    expect(stream.text).not.toContain('s3cr3t');
  });

  it('keeps error codes', () => {
    const stream = new Lines();
    createLog({ level: 'info', stream }).error(
      { err: Object.assign(new Error('no'), { code: 'ENOENT' }) },
      'x',
    );
    expect(JSON.parse(stream.text)).toMatchObject({ err: { code: 'ENOENT', message: 'no' } });
  });

  it('leaves out what is below the level', () => {
    const stream = new Lines();
    createLog({ level: 'warn', stream }).info('quiet');
    expect(stream.text).toBe('');
  });

  it('writes readable lines for a terminal', () => {
    const stream = new Lines();
    createLog({ level: 'info', stream, reader: 'terminal' }).info('started');
    expect(stream.text).toContain('started');
    expect(stream.text).not.toContain('{');
  });

  it('gives the journal the level in front, and no time of its own', () => {
    const stream = new Lines();
    const log = createLog({ level: 'info', stream, reader: 'journal' });
    log.warn({ camera: 'door' }, 'camera down');
    log.info({ pid: 12, camera: 'door' }, 'ingest started');
    log.error(`cannot open ${URL}`);
    expect(stream.text).toMatch(
      /^<4>camera down \{"camera":"door"\}\n<6>ingest started \(process 12\) \{"camera":"door"\}\n<3>cannot open rtsp:/,
    );
    expect(stream.text).not.toContain('s3cr3t');
  });
});
