/** `npm run check`: types, lint and format, dead code, generated files, extension lint. Stops at nothing, reports all. */
import { spawnSync } from 'node:child_process';
import * as v from 'valibot';
import { inProject } from '../rig/root.ts';

const root = inProject();

interface Step {
  readonly name: string;
  /** Problems as text; empty when clean. */
  readonly run: () => string;
}

const STEPS: readonly Step[] = [
  { name: 'types', run: () => program('typescript/bin/tsc', ['-p', '.']) },
  {
    name: 'types of the relay (no browser globals)',
    run: () => program('typescript/bin/tsc', ['-p', 'relay']),
  },
  {
    name: 'lint and format',
    run: () => program('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '--colors=off', '.']),
  },
  { name: 'dead code', run: () => program('knip/bin/knip.js', []) },
  { name: 'generated documents', run: () => node(['scripts/docs.mjs', '--check']) },
  { name: 'extension lint', run: lintExtension },
];

export async function main(): Promise<number> {
  let failed = 0;
  for (const step of STEPS) {
    const problems = step.run();
    process.stdout.write(`${problems === '' ? 'ok    ' : 'FAILED'} ${step.name}\n`);
    if (problems !== '') {
      failed += 1;
      process.stdout.write(`${problems.trimEnd()}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}

function program(file: string, args: readonly string[]): string {
  return node([`node_modules/${file}`, ...args]);
}

function node(args: readonly string[]): string {
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? '' : `${result.stdout}${result.stderr}` || `exit code ${result.status}`;
}

/**
 * Warnings that are known and not ours, by code and file. Preact assigns innerHTML for
 * `dangerouslySetInnerHTML`, which this extension never uses.
 */
const ALLOWED = new Set(['popup.js', 'options.js', 'wall.js'].map((file) => `UNSAFE_VAR_ASSIGNMENT ${file}`));

const lintSchema = v.object({
  errors: v.array(v.looseObject({})),
  notices: v.array(v.looseObject({})),
  warnings: v.array(v.looseObject({ code: v.string(), file: v.optional(v.string()), message: v.string() })),
});

function lintExtension(): string {
  const result = spawnSync(
    process.execPath,
    ['node_modules/web-ext/bin/web-ext.js', 'lint', '--source-dir', 'dist/firefox', '--output', 'json'],
    { cwd: root, encoding: 'utf8' },
  );
  const parsed = v.safeParse(lintSchema, parseJson(result.stdout));
  if (!parsed.success) return `web-ext lint gave no result: ${result.stdout}${result.stderr}`;
  const seen = new Set<string>();
  const warnings = parsed.output.warnings.filter(({ code, file }) => {
    const key = `${code} ${file ?? ''}`;
    // A second one of the same kind in the same file is ours.
    const known = ALLOWED.has(key) && !seen.has(key);
    seen.add(key);
    return !known;
  });
  const problems = [...parsed.output.errors, ...parsed.output.notices, ...warnings];
  return problems.map((problem) => JSON.stringify(problem)).join('\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
