import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMediaFrame, encodeMediaFrame, type MediaHeader } from '../../../../src/wire/media-frames.ts';
import {
  anyCommandSchema,
  CLOSE,
  clientMessageSchema,
  ERROR_CODES,
  isCommandName,
  mediaRequestSchema,
  ProtocolError,
  parseFrame,
  relayMessageSchema,
} from '../../../../src/wire/protocol.ts';

const EXAMPLES = new URL('../../../../docs/examples/protocol/', import.meta.url);
const PAGE = new URL('../../../../docs/protocol.md', import.meta.url);

const relayTypes = relayMessageSchema.options.map((option) => option.entries.type.literal);
const mediaTypes = mediaRequestSchema.options.map((option) => option.entries.type.literal);
const clientTypes: string[] = [];
const commands: string[] = [];
for (const option of clientMessageSchema.options) {
  if ('entries' in option) clientTypes.push(option.entries.type.literal);
  else commands.push(...option.options.map((command) => command.entries.command.literal));
}

const example = (name: string): string => readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8');
const files = readdirSync(EXAMPLES)
  .map((file) => file.replace(/\.json$/, ''))
  .sort();

/** The first word of a file's name is the type of its message; a second one tells variants apart. */
function schemaFor(file: string) {
  const type = file.split('-')[0] ?? '';
  const schemas = [
    { names: relayTypes, schema: relayMessageSchema },
    { names: [...clientTypes, 'command'], schema: clientMessageSchema },
    { names: mediaTypes, schema: mediaRequestSchema },
  ];
  return schemas.find(({ names }) => names.some((name) => name === type))?.schema;
}

const isMediaHeader = (file: string): boolean => file.startsWith('media-');
/** The schema of media headers is reached through a frame. */
const headerOf = (text: string): MediaHeader => {
  const header = new TextEncoder().encode(text);
  const frame = new ArrayBuffer(4 + header.length);
  new DataView(frame).setUint32(0, header.length);
  new Uint8Array(frame).set(header, 4);
  return decodeMediaFrame(frame).header;
};

describe('protocol examples', () => {
  it.each(files.filter((file) => !isMediaHeader(file)))(
    '%s.json is a valid message without unknown fields',
    (file) => {
      const schema = schemaFor(file);
      if (schema === undefined) throw new Error(`${file}.json is named after no message`);
      expect(parseFrame(schema, example(file))).toEqual(JSON.parse(example(file)));
    },
  );

  it.each(files.filter(isMediaHeader))('%s.json is a valid media header', (file) => {
    const header = headerOf(example(file));
    expect(header).toEqual(JSON.parse(example(file)));
    expect(`media-${header.kind}`).toBe(file);
    expect(encodeMediaFrame(header, new Uint8Array()).byteLength).toBeGreaterThan(4);
  });

  it('exist for every message and every command', () => {
    const wanted = [
      ...relayTypes,
      ...clientTypes,
      ...mediaTypes,
      ...commands.map((name) => `command-${name}`),
    ];
    expect(wanted.filter((name) => !files.includes(name))).toEqual([]);
  });
});

describe('docs/protocol.md', () => {
  const page = readFileSync(PAGE, 'utf8');

  it('names every message, command, close code and error code', () => {
    const words = [...relayTypes, ...clientTypes, ...mediaTypes, ...commands, ...ERROR_CODES];
    const codes = Object.values(CLOSE).map(String);
    expect([...words, ...codes].filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });

  it('shows every example as it is', () => {
    expect(files.filter((file) => !page.includes(example(file).trim()))).toEqual([]);
  });
});

describe('parseFrame', () => {
  it('drops fields that it does not know, at every depth', () => {
    const text = JSON.stringify({
      type: 'auth',
      protocol: 1,
      token: 't',
      client: 'wall',
      colour: 'red',
      resume: { runId: 'r', seq: 1, more: true },
    });
    expect(parseFrame(clientMessageSchema, text)).toEqual({
      type: 'auth',
      protocol: 1,
      token: 't',
      client: 'wall',
      resume: { runId: 'r', seq: 1 },
    });
  });

  it.each<[string, string, unknown, string]>([
    [
      'a token of the wrong type',
      'token',
      { type: 'auth', protocol: 1, token: 90210, client: 'wall' },
      '90210',
    ],
    [
      'a token that is too long',
      'token',
      { type: 'auth', protocol: 1, token: 'S3'.repeat(40), client: 'wall' },
      'S3S3',
    ],
    ['a missing token', 'token', { type: 'auth', protocol: 1, client: 'wall' }, 'wall'],
    [
      'an unknown kind of client',
      'client',
      { type: 'auth', protocol: 1, token: 't', client: 'burglar' },
      'burglar',
    ],
    [
      'a pairing code that is too long',
      'code',
      { type: 'pair', protocol: 1, code: '7'.repeat(30), clientName: 'n' },
      '777',
    ],
    ['a negative count', 'id', { type: 'ping', id: -77 }, '77'],
    ['a fraction where a count belongs', 'id', { type: 'ping', id: 7.25 }, '7.25'],
    [
      'a camera id with a path in it',
      'camera',
      { type: 'command', id: 1, command: 'restart-camera', camera: '../etc' },
      'etc',
    ],
    [
      'a field inside another',
      'resume.seq',
      { type: 'auth', protocol: 1, token: 't', client: 'wall', resume: { runId: 'r', seq: 'old' } },
      'old',
    ],
    ['an unknown type', 'type', { type: 'sudo' }, 'sudo'],
    [
      'an unknown command',
      'command',
      { type: 'command', id: 1, command: 'format-disk', camera: 'a' },
      'format',
    ],
  ])('names the field and never the value: %s', (_what, field, frame, value) => {
    const parse = (): unknown => parseFrame(clientMessageSchema, JSON.stringify(frame));
    expect(parse).toThrow(ProtocolError);
    expect(parse).toThrow(`field "${field}"`);
    expect(parse).not.toThrow(value);
  });

  it.each(['', '{', 'null', '[]', '7', '"auth"', 'undefined'])('refuses %j with a ProtocolError', (text) => {
    for (const schema of [clientMessageSchema, relayMessageSchema, mediaRequestSchema])
      expect(() => parseFrame(schema, text)).toThrow(ProtocolError);
  });

  it('bounds the latency that a tile may ask for', () => {
    const frame = (latencyMs: number): string => JSON.stringify({ type: 'window', latencyMs });
    expect(parseFrame(mediaRequestSchema, frame(60_000))).toEqual({ type: 'window', latencyMs: 60_000 });
    expect(() => parseFrame(mediaRequestSchema, frame(60_001))).toThrow('field "latencyMs"');
    expect(() => parseFrame(mediaRequestSchema, frame(-1))).toThrow('field "latencyMs"');
  });
});

describe('commands', () => {
  it('are known by name', () => {
    expect(commands.map(isCommandName)).toEqual(commands.map(() => true));
    expect(isCommandName('format-disk')).toBe(false);
  });

  it('of a newer client can still be read as far as an answer needs', () => {
    const text = '{"type":"command","id":4,"command":"zoom","factor":2}';
    expect(parseFrame(anyCommandSchema, text)).toEqual({ type: 'command', id: 4, command: 'zoom' });
  });
});
