import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../relay/config/load.ts';
import { configSchema } from '../../../../relay/config/schema.ts';
import { generateDocs } from '../../../../scripts/docs.mjs';

type JsonSchema = ReturnType<typeof toJsonSchema>;

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const SAMPLE = 'docs/lockstep.sample.yaml';
const defaults = v.parse(configSchema, { cameras: [{ id: 'camera-1', source: { type: 'test' } }] });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-docs-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('generated documents', () => {
  it('follow from the schema as committed', { timeout: 30_000 }, async () => {
    for (const [path, text] of await generateDocs()) {
      expect(readFileSync(`${root}${path}`, 'utf8'), `${path} is stale: run node scripts/docs.mjs`).toBe(
        text,
      );
    }
  });

  it('name every key of the schema in the reference', () => {
    const page = readFileSync(`${root}docs/configuration.md`, 'utf8');
    const rows = [...page.matchAll(/^\| `([^`]+)`(?: \((\w+)\))? /gm)].map(
      ([, key = '', kind]) => `${key} ${kind ?? ''}`,
    );
    expect(rows).toEqual(keysOf(toJsonSchema(configSchema, { typeMode: 'input' })));
  });
});

/** Every key of a JSON schema in its order, with the kind of the variant that it stands in. */
function keysOf(
  { properties = {}, items, oneOf = [], anyOf = [] }: JsonSchema,
  prefix = '',
  kind = '',
): string[] {
  const own = Object.entries(properties).flatMap(([key, property]) => {
    if (typeof property === 'boolean' || property.const !== undefined) return [];
    const full = prefix === '' ? key : `${prefix}.${key}`;
    return [`${full} ${kind}`, ...keysOf(property, full, kind)];
  });
  const ofItems =
    typeof items === 'object' && !Array.isArray(items) ? keysOf(items, `${prefix}[]`, kind) : [];
  const ofVariants = [...oneOf, ...anyOf].flatMap((variant) => {
    if (typeof variant === 'boolean') return [];
    const { type } = variant.properties ?? {};
    return keysOf(variant, prefix, String(typeof type === 'object' ? type.const : ''));
  });
  return [...own, ...ofItems, ...ofVariants];
}

describe('the sample configuration', () => {
  it('equals the defaults', () => {
    expect(loadConfig(`${root}${SAMPLE}`)).toEqual(defaults);
  });

  it('stays valid when keys without a default are switched on', () => {
    const text = readFileSync(`${root}${SAMPLE}`, 'utf8').replace(
      /^( *)# (\w+: (?!\/var).*)$/gm,
      (line, indent, entry) =>
        /^(name|ffmpeg|dataDir|size|bitrateKbps): /.test(entry) ? `${indent}${entry}` : line,
    );
    const file = join(folder, 'lockstep.yaml');
    writeFileSync(file, text);
    const config = loadConfig(file);
    expect(config.server.name).toBe('House');
    expect(config.ffmpeg).toBe('/usr/bin/ffmpeg');
    expect(config.cameras[0]).toMatchObject({
      name: 'Front door',
      encode: { size: '1280x720', bitrateKbps: 2500 },
    });
  });

  it('shows kinds of cameras that load', () => {
    const lines = readFileSync(`${root}${SAMPLE}`, 'utf8').split('\n');
    const start = lines.indexOf('    # source:');
    const end = lines.indexOf('    # source:', start + 1);
    const source = lines
      .slice(start, end)
      .map((line) => line.replace('# ', '').replace(/^( *)# (\w+:| {2}- )/, '$1$2'));
    const file = join(folder, 'rtsp.yaml');
    writeFileSync(file, `cameras:\n  - id: a\n${source.join('\n')}\n`);
    expect(loadConfig(file).cameras[0]?.source).toEqual({
      type: 'rtsp',
      url: 'rtsp://192.168.1.20:554/stream1',
      username: 'viewer',
      password: 'change me',
      onvifId: 'urn:uuid:4f2c1c1e-7a35-4c8e-9b7e-0123456789ab',
      substreams: [{ url: 'rtsp://192.168.1.20:554/stream2', username: 'viewer', password: 'change me' }],
    });
  });
});
