/**
 * Builds what is shipped: dist/chrome and dist/firefox from the one manifest.json, and dist/relay/lockstep.js.
 * With `measure` also dist/chrome-measure and dist/firefox-measure: the same sources plus the meter that reads
 * the clock strip out of the pictures. Run directly: `node scripts/build.mjs [--measure]`.
 */
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ICON_SIZES = [16, 32, 48, 128];
const PAGES = {
  wall: 'src/viewer/index.tsx',
  popup: 'src/popup/index.tsx',
  options: 'src/options/index.tsx',
};

/** @typedef {'chrome' | 'firefox'} Browser */

/**
 * What Firefox needs to differ: an event page instead of a service worker, an id for signing, and its statement
 * about data collection, which in turn asks for these minimum versions (addons-linter 10.14).
 */
const GECKO = {
  id: 'lockstep@camera-wall',
  strict_min_version: '140.0',
  data_collection_permissions: { required: ['none'] },
};

/**
 * @param {Record<string, unknown>} source manifest.json as it stands in the repository
 * @param {Browser} browser
 * @param {string} version
 * @returns {Record<string, unknown>}
 */
export function deriveManifest(source, browser, version) {
  if (browser === 'chrome') return { ...source, version };
  const { minimum_chrome_version: _chromeOnly, ...shared } = source;
  return {
    ...shared,
    version,
    background: { scripts: ['background.js'] },
    browser_specific_settings: { gecko: GECKO, gecko_android: { strict_min_version: '142.0' } },
  };
}

/** @param {string} path */
async function readJson(path) {
  return JSON.parse(await readFile(`${root}${path}`, 'utf8'));
}

/**
 * @param {Browser} browser
 * @param {string} out folder of the unpacked extension
 * @param {{ measure: boolean, version: string }} options
 */
async function buildExtension(browser, out, { measure, version }) {
  const source = await readJson('manifest.json');
  await rm(out, { recursive: true, force: true });
  await mkdir(`${out}/icons`, { recursive: true });
  await bundle({
    absWorkingDir: root,
    entryPoints: {
      background: 'src/background/index.ts',
      ...PAGES,
      ...Object.fromEntries(
        Object.entries(PAGES).map(([name, entry]) => [
          `${name}-style`,
          entry.replace(/index\.tsx$/, `${name}.css`),
        ]),
      ),
    },
    outdir: out,
    bundle: true,
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The oldest that the manifest promises.
    target: [browser === 'chrome' ? `chrome${source.minimum_chrome_version}` : 'firefox140'],
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
    define: {
      // False drops the meter and its strip decoder as dead code.
      __MEASURE__: String(measure),
      __HLS_VERSION__: JSON.stringify((await readJson('node_modules/hls.js/package.json')).version),
    },
  });
  const manifest = deriveManifest(source, browser, version);
  await writeFile(`${out}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await Promise.all([
    // hls.js may not start its worker from a blob here (facts of both browsers' extension CSP): it is a file.
    copyFile(`${root}node_modules/hls.js/dist/hls.worker.js`, `${out}/hls.worker.js`),
    copyFile(`${root}LICENSE`, `${out}/LICENSE`),
    ...Object.entries(PAGES).map(([name, entry]) =>
      copyFile(`${root}${entry.replace(/index\.tsx$/, `${name}.html`)}`, `${out}/${name}.html`),
    ),
    ...ICON_SIZES.map((size) =>
      copyFile(`${root}src/icons/icon-${size}.png`, `${out}/icons/icon-${size}.png`),
    ),
  ]);
}

/**
 * @param {string} outfile
 */
async function buildRelay(outfile) {
  await bundle({
    absWorkingDir: root,
    entryPoints: ['relay/cli.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
    // ws and pino call require, which an ES module does not have.
    banner: {
      js: '#!/usr/bin/env node\nimport { createRequire as makeRequire } from "node:module";\nconst require = makeRequire(import.meta.url);',
    },
  });
  await chmod(outfile, 0o755);
}

/**
 * @param {{ measure?: boolean, outDir?: string, relay?: boolean }} [options] `outDir` defaults to dist/; without
 * `relay` only the extension is built
 */
export async function build({ measure = false, outDir = `${root}dist`, relay = true } = {}) {
  const { version } = await readJson('package.json');
  /** @type {Browser[]} */
  const browsers = ['chrome', 'firefox'];
  const variants = measure ? [false, true] : [false];
  await Promise.all([
    ...browsers.flatMap((browser) =>
      variants.map((withMeter) =>
        buildExtension(browser, `${outDir}/${browser}${withMeter ? '-measure' : ''}`, {
          measure: withMeter,
          version,
        }),
      ),
    ),
    ...(relay ? [buildRelay(`${outDir}/relay/lockstep.js`)] : []),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build({ measure: process.argv.includes('--measure') });
}
