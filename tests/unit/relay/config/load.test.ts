import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../relay/config/load.ts';
import { ConfigError } from '../../../../relay/config/problem.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-config-'));
  writeFileSync(join(folder, 'empty.mp4'), '');
  writeFileSync(join(folder, 'clip.mp4'), 'a video');
  mkdirSync(join(folder, 'clips'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(text: string): string {
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(file, text);
  return file;
}

/** Problems of a file with this text, one per line, the test's folder cut off. */
function problemsOf(file: string): string[] {
  try {
    loadConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, '').split('\n');
  }
  return [];
}

const TEST_CAMERA = 'cameras:\n  - id: a\n    source: {type: test}\n';
const rtsp = (...lines: string[]): string =>
  `cameras:\n  - id: a\n    source:\n      type: rtsp\n${lines.map((line) => `      ${line}\n`).join('')}`;

/** What it is about, the file, its problems. */
const SYNTAX: readonly (readonly [string, string, ...string[]])[] = [
  ['an empty file', '', 'lockstep.yaml: is empty. Copy docs/lockstep.sample.yaml and change its cameras.'],
  [
    'only comments',
    '# later\n',
    'lockstep.yaml: is empty. Copy docs/lockstep.sample.yaml and change its cameras.',
  ],
  [
    'a key twice',
    `${TEST_CAMERA}ffmpeg: a\nffmpeg: b\n`,
    'lockstep.yaml:5:1: the key "ffmpeg" stands twice in one group. Remove one of the two.',
  ],
  ['a tab', 'cameras:\n\t- id: a\n', 'lockstep.yaml:2:1: a tab indents this line. Indent with blanks.'],
  [
    'an open bracket',
    'a: [1,\nb: 2\n',
    'lockstep.yaml:2:1: the indentation does not fit the lines around it. Align it with its group, and close every bracket.',
  ],
  [
    'an open quote',
    'a: "open\n',
    'lockstep.yaml:2:1: a quote, bracket, comma or colon is missing. Add it; it may belong at the end of the line before.',
  ],
  [
    'a password that YAML takes for a reference',
    'password: *hunter2\n',
    'lockstep.yaml:1:11: a value starts with * or &, which YAML reads as a reference, but it names nothing. Put the value in quotes.',
  ],
  [
    'a password that YAML takes for a tag',
    'password: !hunter2 x\n',
    'lockstep.yaml:1:11: a value starts with ! which is a YAML tag. Put the value in quotes.',
  ],
  [
    'a password with a reserved first character',
    'password: @hunter2\n',
    'lockstep.yaml:1:11: a value starts with a character that YAML keeps for itself. Put the value in quotes.',
  ],
  [
    'a password with a colon and a blank',
    'password: hunter: 2\n',
    'lockstep.yaml:1:11: a second key stands on the line. Put a value that holds ": " in quotes.',
  ],
  [
    'a backslash in double quotes',
    'password: "hunt\\qer2"\n',
    'lockstep.yaml:1:16: a backslash starts an escape that YAML does not know. Double the backslash, or use single quotes.',
  ],
  [
    'two documents',
    'a: 1\n---\nb: 2\n',
    'lockstep.yaml:2:1: a second document starts here. Remove the line of dashes.',
  ],
  [
    'references that multiply',
    `a: &a [x,x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
    'lockstep.yaml: follows more than 100 references (*name). Write the values out.',
  ],
];

const SCHEMA: readonly (readonly [string, string, ...string[]])[] = [
  [
    'a list instead of groups',
    '- id: a\n',
    'lockstep.yaml:1:1: must be a group of keys, but is a list. Indent its keys below it, one per line.',
  ],
  [
    'text instead of groups',
    'hello\n',
    'lockstep.yaml:1:1: must be a group of keys, but is "hello". Indent its keys below it, one per line.',
  ],
  [
    'no cameras',
    'logLevel: info\n',
    'lockstep.yaml:1:1: cameras is missing; it must be a list of 1 to 64 entries. Add a list of cameras, as in docs/lockstep.sample.yaml.',
  ],
  [
    'an empty list of cameras',
    'cameras: []\n',
    'lockstep.yaml:1:10: cameras must be a list of 1 to 64 entries, but is an empty list. Add an entry.',
  ],
  [
    'one camera without a dash, and an empty group',
    'server:\ncameras: {id: a}\n',
    'lockstep.yaml:1:8: server must be a group of keys, but is empty. Give it a value or remove the line; a value that starts with # must stand in quotes.',
    'lockstep.yaml:2:10: cameras must be a list of 1 to 64 entries, but is a group of keys. Write one entry per line, each after a dash.',
  ],
  [
    'unknown keys',
    'prot: 1\nserver:\n  prot: 8780\nport: 1\ncameras:\n  - id: a\n    source: {type: test, fsp: 30}\n    loop: true\n',
    'lockstep.yaml:1:1: prot is not a known key. Known here: server, media, mediamtx, ffmpeg, dataDir, logLevel, cameras.',
    'lockstep.yaml:3:3: server.prot is not a known key. Did you mean "port"?',
    'lockstep.yaml:4:1: port is not a known key. Did you mean "server.port"? Move it there.',
    'lockstep.yaml:7:26: cameras[0].source.fsp is not a known key. Did you mean "fps"?',
    'lockstep.yaml:8:5: cameras[0].loop is not a known key. Known here (cameras[0]): id, name, source, encode, offsetMs.',
  ],
  [
    'keys in another spelling',
    `data_dir: x\n${TEST_CAMERA}    offset-ms: 3\n`,
    'lockstep.yaml:1:1: data_dir is not a known key. Did you mean "dataDir"?',
    'lockstep.yaml:5:5: cameras[0].offset-ms is not a known key. Did you mean "offsetMs"?',
  ],
  [
    'wrong types and words',
    `server:\n  port: "8780"\n  host: localhost:8780\n  allowOrigins: https://x\nmedia: {partMs: 7}\nlogLevel: inof\n${TEST_CAMERA}    offsetMs: late\n    name: 7\n`,
    'lockstep.yaml:2:9: server.port must be a whole number from 0 to 65535, but is "8780". Write the number without quotes and without a unit.',
    'lockstep.yaml:3:9: server.host must be an IP address or host name without a port, but is "localhost:8780". Write it in this form.',
    'lockstep.yaml:4:17: server.allowOrigins must be a list, but is "https://x". Write one entry per line, each after a dash.',
    'lockstep.yaml:5:17: media.partMs must be a whole number from 33 to 1000, but is 7. Choose a number in this range.',
    'lockstep.yaml:6:11: logLevel must be one of debug, info, warn, error, but is "inof". Did you mean "info"?',
    'lockstep.yaml:10:15: cameras[0].offsetMs must be a whole number from -2000 to 5000, but is "late". Write a number.',
    'lockstep.yaml:11:11: cameras[0].name must be text of 1 to 500 characters, but is 7. Put the value in quotes.',
  ],
  [
    'numbers out of range',
    'server: {port: 70000}\ncameras:\n  - id: a\n    source: {type: test, fps: 0.5}\n',
    'lockstep.yaml:1:16: server.port must be a whole number from 0 to 65535, but is 70000. Choose a number in this range.',
    'lockstep.yaml:4:31: cameras[0].source.fps must be a whole number from 1 to 60, but is 0.5. Choose a number in this range.',
  ],
  [
    'an origin that is none',
    `server: {allowOrigins: ["*"]}\n${TEST_CAMERA}`,
    'lockstep.yaml:1:25: server.allowOrigins[0] must be an origin, as in https://wall.example, but is "*". Write it in this form.',
  ],
  [
    'cameras without id, source or a known kind',
    'cameras:\n  - id: Front Door\n    source: {type: tset}\n  - id: 1\n    source: {}\n  - name: x\n    source: rtsp://admin:hunter2@cam/\n',
    'lockstep.yaml:2:9: cameras[0].id must be a short name of small letters, digits, - and _, at most 32, but is "Front Door". Write it in this form.',
    'lockstep.yaml:3:20: cameras[0].source.type must be one of rtsp, v4l2, file, test, but is "tset". Did you mean "test"?',
    'lockstep.yaml:4:9: cameras[1].id must be a short name of small letters, digits, - and _, at most 32, but is 1. Put the value in quotes.',
    'lockstep.yaml:5:13: cameras[1].source.type is missing; it must be one of rtsp, v4l2, file, test. Add a line "type: …" here.',
    'lockstep.yaml:6:5: cameras[2].id is missing; it must be a short name of small letters, digits, - and _, at most 32. Add a line "id: …" here.',
    'lockstep.yaml:7:13: cameras[2].source must be a group of keys, but is "rtsp://***@cam/". Indent its keys below it, one per line.',
  ],
  [
    'an address of another kind',
    rtsp('url: http://admin:hunter2@cam/s'),
    'lockstep.yaml:5:12: cameras[0].source.url must be an address that begins with rtsp:// or rtsps://, but is "http://***@cam/s". Write it in this form.',
  ],
  [
    'an address without its beginning',
    rtsp('url: admin:hunter2@cam/s?password=hunter2'),
    'lockstep.yaml:5:12: cameras[0].source.url must be an address that begins with rtsp:// or rtsps://, but is "admin:***@cam/s?password=***". Write it in this form.',
  ],
  [
    'a password that is a number',
    rtsp('url: rtsp://cam/s', 'username: admin', 'password: 12345'),
    'lockstep.yaml:7:17: cameras[0].source.password must be text of 1 to 500 characters, but is a number (hidden). Put the value in quotes.',
  ],
];

const RULES: readonly (readonly [string, string, ...string[]])[] = [
  [
    'an id twice',
    `${TEST_CAMERA}  - id: b\n    source: {type: test}\n  - id: a\n    source: {type: test}\n`,
    'lockstep.yaml:6:9: cameras[2].id must be unique, but "a" on line 6 is also on line 2. Give one of the two cameras another id.',
  ],
  [
    'a device twice',
    'cameras:\n  - id: a\n    source: {type: v4l2, device: /dev/video0}\n  - id: b\n    source: {type: v4l2, device: /dev/video0}\n',
    'lockstep.yaml:5:34: cameras[1].source.device must be a device of its own, but "/dev/video0" is also on line 3. Remove one of the two cameras: a device can be opened once.',
  ],
  [
    'a password with # in the address',
    rtsp('url: rtsp://admin:hun#ter2@cam/s'),
    'lockstep.yaml:5:12: cameras[0].source.url must be an address with a host, but is "rtsp://***@cam/s". Write rtsp://host:554/path; put a user and password with special characters under "username" and "password".',
  ],
  [
    'a fragment in the address',
    rtsp('url: rtsp://cam/s#1'),
    'lockstep.yaml:5:12: cameras[0].source.url must not hold "#", but is "rtsp://cam/s#1". Write # as %23, or put the user and password under "username" and "password".',
  ],
  [
    'a user in two places',
    rtsp('url: rtsp://admin:hunter2@cam/s', 'username: admin'),
    'lockstep.yaml:6:17: cameras[0].source.username must not be given when the address holds a user, but both are. Remove the user from the address.',
  ],
  [
    'a password without a user',
    rtsp('url: rtsp://cam/s', 'password: hunter2'),
    'lockstep.yaml:6:17: cameras[0].source.password must come with a username, but there is none. Add "username: …" beside it.',
  ],
  [
    'a stream twice in one camera',
    rtsp(
      'url: rtsp://admin:hunter2@Cam/main',
      'substreams:',
      '  - url: rtsp://cam:554/main',
      '  - url: rtsp://cam/sub?n=1',
      '  - url: rtsp://cam/sub?n=2',
      '  - url: rtsp://guest:gu3st@cam/sub?n=1',
    ),
    'lockstep.yaml:7:16: cameras[0].source.substreams[0].url must be a stream of its own, but "rtsp://cam:554/main" is also on line 5. Write the address of a smaller stream of this camera, or remove the line: it is the main stream.',
    'lockstep.yaml:10:16: cameras[0].source.substreams[3].url must be a stream of its own, but "rtsp://***@cam/sub?n=1" is also on line 8. Remove one of the two.',
  ],
  [
    'substreams with the mistakes of a main stream',
    rtsp(
      'url: rtsp://cam/main',
      'substreams:',
      '  - {url: "rtsp://admin:hunter2@cam/sub", username: admin}',
      '  - {url: rtsp://cam/low, password: hunter2}',
      '  - {url: "rtsp://cam/low#2"}',
    ),
    'lockstep.yaml:7:59: cameras[0].source.substreams[0].username must not be given when the address holds a user, but both are. Remove the user from the address.',
    'lockstep.yaml:8:43: cameras[0].source.substreams[1].password must come with a username, but there is none. Add "username: …" beside it.',
    'lockstep.yaml:9:17: cameras[0].source.substreams[2].url must not hold "#", but is "rtsp://cam/low#2". Write # as %23, or put the user and password under "username" and "password".',
  ],
  [
    'substreams without an entry, too many, or where there are none',
    `${rtsp('url: rtsp://cam/main', 'substreams: []')}  - id: b
    source: {type: rtsp, url: rtsp://cam/s, substreams: [{url: rtsp://cam/1}, {url: rtsp://cam/2}, {url: rtsp://cam/3}, {url: rtsp://cam/4}, {url: rtsp://cam/5}]}
  - id: c
    source: {type: test, substreams: []}
`,
    'lockstep.yaml:6:19: cameras[0].source.substreams must be a list of 1 to 4 entries, but is an empty list. Add an entry.',
    'lockstep.yaml:8:57: cameras[1].source.substreams must be a list of 1 to 4 entries, but is a list. Remove 1.',
    'lockstep.yaml:10:26: cameras[2].source.substreams is not a known key. Did you mean "cameras[].source.substreams"? Move it there.',
  ],
  [
    'files that cannot play, beside other problems',
    'logLevel: fast\ncameras:\n  - id: a\n    source: {type: file, path: gone.mp4}\n  - id: b\n    source: {type: file, path: empty.mp4}\n    loop: true\n  - id: c\n    source: {type: file, path: clips}\n',
    'lockstep.yaml:1:11: logLevel must be one of debug, info, warn, error, but is "fast". Choose one of these.',
    'lockstep.yaml:4:32: cameras[0].source.path must be a file that exists, but there is no "gone.mp4". Check the spelling; the path counts from the folder of the configuration.',
    'lockstep.yaml:6:32: cameras[1].source.path must be a video, but "empty.mp4" has 0 bytes. Copy the video again.',
    'lockstep.yaml:7:5: cameras[1].loop is not a known key. Known here (cameras[1]): id, name, source, encode, offsetMs.',
    'lockstep.yaml:9:32: cameras[2].source.path must be a file, but "clips" is not. Name a video file.',
  ],
  [
    'one port for two listeners',
    `server: {port: 9000}\nmediamtx:\n  ports: {rtsp: 9000, hls: 9001, api: 9001}\n${TEST_CAMERA}`,
    'lockstep.yaml:3:17: mediamtx.ports.rtsp must differ from server.port, but both are 9000. Remove the line: a free port is chosen then.',
    'lockstep.yaml:3:39: mediamtx.ports.api must differ from mediamtx.ports.hls, but both are 9001. Remove the line: a free port is chosen then.',
  ],
  [
    'the default port of the relay for MediaMTX',
    `mediamtx: {ports: {hls: 8780}}\n${TEST_CAMERA}`,
    'lockstep.yaml:1:25: mediamtx.ports.hls must differ from server.port, but both are 8780. Remove the line: a free port is chosen then.',
  ],
  [
    'an engine',
    `engine: builtin\n${TEST_CAMERA}`,
    'lockstep.yaml:1:1: engine is no longer a key, but is "builtin". Write "mediamtx: {enabled: false}" instead: media never goes through MediaMTX now, and "mediamtx.enabled" says whether it runs beside them.',
  ],
  [
    'the engine that it was by itself',
    `${TEST_CAMERA}engine: auto\n`,
    'lockstep.yaml:4:1: engine is no longer a key, but is "auto". Remove the line: media never goes through MediaMTX now, and "mediamtx.enabled" says whether it runs beside them (auto, the default, where a usable one is found).',
  ],
  [
    'a MediaMTX that is neither on nor off',
    `mediamtx: {enabled: on}\n${TEST_CAMERA}`,
    'lockstep.yaml:1:21: mediamtx.enabled must be auto or true or false, but is "on". Write one of these, without quotes.',
  ],
  [
    'a switch in quotes',
    `mediamtx: {webrtc: {enabled: "yes"}}\n${TEST_CAMERA}`,
    'lockstep.yaml:1:30: mediamtx.webrtc.enabled must be true or false, but is "yes". Write it without quotes.',
  ],
  [
    'odd sizes and parts longer than half a segment',
    'media: {partMs: 500}\ncameras:\n  - id: a\n    source: {type: test, size: 641x360}\n    encode: {gopMs: 500, size: 640x361}\n',
    'lockstep.yaml:4:32: cameras[0].source.size must have an even width and height, but is "641x360". Add or take one pixel.',
    'lockstep.yaml:5:21: cameras[0].encode.gopMs must be at least twice media.partMs (500), but is 500. Raise gopMs or lower media.partMs.',
    'lockstep.yaml:5:32: cameras[0].encode.size must have an even width and height, but is "640x361". Add or take one pixel.',
  ],
];

describe('loadConfig', () => {
  it.each([...SYNTAX, ...SCHEMA, ...RULES])('explains %s', (_about, text, ...expected) => {
    expect(problemsOf(write(text))).toEqual(expected);
  });

  it('explains a missing file', () => {
    expect(problemsOf(join(folder, 'none.yaml'))).toEqual([
      'none.yaml: does not exist. Name the file with --config, or copy docs/lockstep.sample.yaml to start one.',
    ]);
  });

  it('explains a folder', () => {
    expect(problemsOf(join(folder, 'clips'))).toEqual([
      'clips: is a folder. Name the file in it with --config.',
    ]);
  });

  it('refuses a huge file before it parses it', () => {
    expect(problemsOf(write(`# ${'x'.repeat(1024 * 1024)}`))).toEqual([
      'lockstep.yaml: has 1048578 bytes, more than a configuration can have. Name the right file with --config.',
    ]);
  });

  it('never repeats a password in a message', () => {
    const secrets = [...SYNTAX, ...SCHEMA, ...RULES].filter(([, text]) => /hun#?ter2/.test(text));
    expect(secrets.length).toBeGreaterThan(5);
    for (const [, text] of secrets) expect(problemsOf(write(text)).join()).not.toMatch(/hun#?ter2/);
  });

  it('fills in defaults', () => {
    const config = loadConfig(write(TEST_CAMERA));
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8780, hlsAccess: 'token' });
    expect(config.cameras[0]).toMatchObject({ id: 'a', offsetMs: 0, encode: { fps: 30, gopMs: 1000 } });
  });

  it('takes paths from the folder of the file', () => {
    const config = loadConfig(
      write(
        'dataDir: state\nffmpeg: bin/ffmpeg\ncameras:\n  - id: a\n    source: {type: file, path: clip.mp4}\n',
      ),
    );
    expect(config.dataDir).toBe(join(folder, 'state'));
    expect(config.ffmpeg).toBe(join(folder, 'bin/ffmpeg'));
    expect(config.cameras[0]?.source).toEqual({ type: 'file', path: join(folder, 'clip.mp4') });
  });

  it('leaves a bare program name to PATH', () => {
    expect(loadConfig(write(`ffmpeg: ffmpeg6\n${TEST_CAMERA}`)).ffmpeg).toBe('ffmpeg6');
  });

  it('accepts values shared by a YAML reference', () => {
    const config = loadConfig(
      write(
        'cameras:\n  - id: a\n    source: {type: test}\n    encode: &low {fps: 15}\n  - id: b\n    source: {type: test}\n    encode: *low\n',
      ),
    );
    expect(config.cameras.map(({ encode }) => encode.fps)).toEqual([15, 15]);
  });
});
