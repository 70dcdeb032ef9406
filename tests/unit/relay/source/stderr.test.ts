import { describe, expect, it } from 'vitest';
import { StderrReader } from '../../../../relay/source/stderr.ts';

const reader = (where = 'cam:554', secrets: string[] = []): StderrReader =>
  new StderrReader({ source: 'file', where, secrets });
const reasonOf = (...lines: string[]): string | undefined => {
  const stderr = reader();
  stderr.push(`${lines.join('\n')}\n`);
  return stderr.reason;
};

describe('StderrReader reasons (lines as ffmpeg 5.1 writes them)', () => {
  it.each([
    [
      '[error] pipe:0: Server returned 401 Unauthorized (authorization failed)',
      'the camera at cam:554 refused user name or password (401); check both in the configuration',
    ],
    [
      '[rtsp @ 0x55] [error] method DESCRIBE failed: 404 Not Found',
      'the camera at cam:554 has no such stream (404); check the path of its address',
    ],
    [
      '[tcp @ 0x5] [error] Connection to tcp://127.0.0.1:1?timeout=0 failed: Connection refused',
      'nothing listens at cam:554 (connection refused); check address and port',
    ],
    [
      '[error] pipe:0: Connection timed out',
      'cam:554 does not answer (timed out); check its address and that the camera is switched on',
    ],
    [
      '[tcp @ 0x5] [error] Failed to resolve hostname nowhere: Name or service not known',
      'the host name of cam:554 is not known; check the address or the name server',
    ],
    [
      '[error] pipe:0: No route to host',
      'there is no way to cam:554 on the network; check address and cabling',
    ],
    [
      '[error] /dev/video0: Device or resource busy',
      'cam:554 is used by another program; close that program',
    ],
    ['[error] file:/a.mp4: No such file or directory', 'cam:554 does not exist; check the path'],
    ['[error] file:/a.mp4: Permission denied', 'cam:554 may not be read; check its permissions'],
    [
      '[error] file:/a.mp4: Invalid data found when processing input',
      'cam:554 holds no video that can be read; it is damaged, empty or of an unknown kind',
    ],
    [
      "[fatal] Stream map '0:v:0' matches no streams.",
      'cam:554 holds no video that can be read; it is damaged, empty or of an unknown kind',
    ],
    [
      "[fatal] Unknown encoder 'libx264'",
      'this ffmpeg has no H.264 encoder (libx264); install a complete ffmpeg',
    ],
    [
      "[fatal] Unrecognized option 'fps_mode'.",
      'this ffmpeg does not know an option that is needed; install ffmpeg 5.1 or newer',
    ],
    [
      '[libx264 @ 0x1] [error] broken ffmpeg default settings detected',
      'broken ffmpeg default settings detected',
    ],
  ])('%s', (line, reason) => {
    expect(reasonOf('[info] Input #0', line)).toBe(reason);
  });

  it('a camera that keeps silent is not called a damaged file', () => {
    const stderr = new StderrReader({ source: 'rtsp', where: 'cam:554', secrets: [] });
    stderr.push('[error] pipe:0: Invalid data found when processing input\n');
    expect(stderr.reason).toBe(
      'cam:554 does not answer as a camera should, or sends no video that can be read; check its address',
    );
  });

  it('the newest line that explains it counts, whatever follows', () => {
    expect(
      reasonOf(
        '[error] a: No such file or directory',
        '[error] b: Connection refused',
        '[error] Conversion failed!',
      ),
    ).toMatch(/nothing listens/);
  });

  it('warnings explain nothing', () => {
    expect(reasonOf('[mpegts @ 0x1] [warning] Invalid data found, timed out')).toBeUndefined();
  });

  it('reads also a last line without an end', () => {
    const stderr = reader();
    stderr.push('[error] pipe:0: Connection ref');
    stderr.push('used');
    expect(stderr.reason).toMatch(/nothing listens/);
  });

  it('notices that text cannot be drawn', () => {
    const stderr = reader();
    stderr.push('[Parsed_drawtext_3 @ 0x1] [error] Cannot find a valid font for the family Sans\n');
    expect(stderr.lacksText).toBe(true);
    expect(reader().lacksText).toBe(false);
  });
});

describe('StderrReader secrets', () => {
  it('keeps no line with user information or a known secret in it', () => {
    const stderr = reader('cam', ['p%40ss', 'p@ss']);
    stderr.push("[concat @ 0x1] [error] Impossible to open 'rtsp://admin:p%40ss@cam:554/x'\n");
    stderr.push('[error] bad key p@ss in p%40ss\n');
    expect(stderr.lines.join('\n')).not.toMatch(/p@ss|p%40ss|admin/);
    expect(stderr.reason).toBe('bad key *** in ***');
  });
});

describe('StderrReader lines', () => {
  it('keeps the last twenty, without the chatter of the verbose level', () => {
    const stderr = reader();
    for (let i = 0; i < 50; i += 1) stderr.push(`[info] line ${i}\n[verbose] *** 1 dup!\n`);
    expect(stderr.lines).toHaveLength(20);
    expect(stderr.lines[0]).toBe('[info] line 30');
  });
});

describe('StderrReader sizes', () => {
  const line = (w: number, h: number): string =>
    `[graph 0 input from stream 0:0 @ 0x55] [verbose] w:${w} h:${h} pixfmt:yuv420p tb:1/90000 fr:25/1 sar:1/1\n`;

  it('reports a new size of the source, not the first one nor the same again', () => {
    const stderr = reader();
    expect(stderr.push(line(320, 240))).toBeUndefined();
    expect(stderr.push(line(320, 240))).toBeUndefined();
    expect(stderr.push(line(640, 360))).toEqual({ width: 640, height: 360 });
  });

  it('reports it also when the line comes in pieces', () => {
    const stderr = reader();
    stderr.push(line(320, 240));
    expect(stderr.push(line(640, 360).slice(0, 50))).toBeUndefined();
    expect(stderr.push(line(640, 360).slice(50))).toEqual({ width: 640, height: 360 });
  });
});

describe('StderrReader of an encoder that publishes as well', () => {
  const refused = (port: number): string =>
    `[tcp @ 0x7f] [error] Connection to tcp://127.0.0.1:${port}?timeout=0 failed: Connection refused\n`;

  it('keeps the tries of its publisher out of reason and lines, and not those of its own source', () => {
    const stderr = new StderrReader({
      source: 'rtsp',
      where: '127.0.0.1:554',
      secrets: [],
      publishedAt: '127.0.0.1:8554',
    });
    for (let n = 0; n < 50; n += 1) stderr.push(refused(8554));
    stderr.push('[fifo @ 0x7f] [error] Error opening rtsp://127.0.0.1:8554/0123/front/main: Broken pipe\n');
    stderr.push('[rtsp @ 0x7f] [error] method ANNOUNCE failed: 400 Bad Request\n');
    stderr.push(refused(8554).trimEnd());
    expect([stderr.reason, stderr.lines]).toEqual([undefined, []]);
    stderr.push(`\n${refused(554)}`);
    expect(stderr.reason).toContain('nothing listens at 127.0.0.1:554');
  });
});
