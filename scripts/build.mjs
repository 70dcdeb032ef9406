/**
 * Builds what is shipped: dist/chrome and dist/firefox from the one manifest.json, and dist/relay/lockstep.js. The
 * measure builds are the same sources plus the meter that reads the clock strip out of the pictures. Only what is
 * stale is built. Run directly: `node scripts/build.mjs [--measure]`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';
import { refresh } from './built-output.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ICON_SIZES = [16, 32, 48, 128];
const PAGES = {
  wall: 'src/viewer/index.tsx',
  popup: 'src/popup/index.tsx',
  options: 'src/options/index.tsx',
};
/** What every target depends on besides its sources: versions, options, and the packages. */
const RECIPE = ['scripts/build.mjs', 'tsconfig.json', 'package.json', 'package-lock.json'];

/** @typedef {'chrome' | 'firefox'} Browser */
/** @typedef {Browser | 'chrome-measure' | 'firefox-measure' | 'relay'} Target */

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
 * Public half of a key pair whose private half was thrown away. Chromium derives the extension's id from it; without
 * it the id of an unpacked extension follows from its folder's path, and moving the folder would end every pairing,
 * which holds for one origin (https://developer.chrome.com/docs/extensions/reference/manifest/key).
 */
const UNPACKED_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx593TnussCxqZ69HhXsXRf9hcc5fG5sR6hczZuj6QW5Gt9fiwgSxUmHqL91LDRMffbHccLs2452DtuXiJsDjPBD5BOMWgGcfy5iPSlJkHAjpnDpv9MPPZKubezzQd55gMrgarakFv8mYbw90piW3HUdcIOexaiAPuS+C5ejCzSZX3pItP1H6sfrqh7RTiLzq4CdzyA3EfEVINftUiIbp8d6g47OK+reUDDn47151kXK1vUtbjhz21INVbpNHBC3DZTthY/zCmx0UmeY2xVehFoEzQxaYpP+m1J4XBsx5mU1B3eEn4UtTXcI1JPuz+uS3I8u85h2gLzJNc+bBeogXyQIDAQAB';

/**
 * @param {Record<string, unknown>} source manifest.json as it stands in the repository
 * @param {Browser} browser
 * @param {string} version
 * @param {{ unpacked?: boolean }} [options] `unpacked` gives Chromium the fixed id; the Chrome Web Store gives one
 * itself and refuses a manifest with `key`
 * @returns {Record<string, unknown>}
 */
export function deriveManifest(source, browser, version, { unpacked = false } = {}) {
  if (browser === 'chrome') return { ...source, version, ...(unpacked ? { key: UNPACKED_KEY } : {}) };
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
 * Bundles in memory.
 * @param {import('esbuild').BuildOptions} options `outdir` must be absolute
 * @returns {Promise<{ files: Map<string, Uint8Array>, inputs: string[] }>} paths of files inside `outdir`
 */
async function bundled(options) {
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: root,
    bundle: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
    ...options,
    write: false,
    metafile: true,
  });
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [relative(`${options.outdir}`, path), contents])),
    inputs: [...RECIPE, ...Object.keys(metafile.inputs)].map((path) => resolve(root, path)),
  };
}

/**
 * @param {Browser} browser
 * @param {string} folder of the unpacked extension
 * @param {boolean} measure
 * @returns {Promise<import('./built-output.mjs').Built>}
 */
async function makeExtension(browser, folder, measure) {
  const pages = Object.entries(PAGES);
  const source = await readJson('manifest.json');
  const { files, inputs } = await bundled({
    entryPoints: {
      background: 'src/background/index.ts',
      ...PAGES,
      ...Object.fromEntries(
        pages.map(([name, entry]) => [`${name}-style`, entry.replace(/index\.tsx$/, `${name}.css`)]),
      ),
    },
    outdir: folder,
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The oldest that the manifest promises.
    target: [browser === 'chrome' ? `chrome${source.minimum_chrome_version}` : 'firefox140'],
    define: {
      // False drops the meter and its strip decoder as dead code.
      __MEASURE__: String(measure),
      __HLS_VERSION__: JSON.stringify((await readJson('node_modules/hls.js/package.json')).version),
    },
  });
  /** @type {Record<string, string>} */
  const copies = {
    // hls.js may not start its worker from a blob here (facts of both browsers' extension CSP): it is a file.
    'hls.worker.js': 'node_modules/hls.js/dist/hls.worker.js',
    LICENSE: 'LICENSE',
    ...Object.fromEntries(
      (await readdir(`${root}_locales`)).map((language) => {
        const path = join('_locales', language, 'messages.json');
        return [path, path];
      }),
    ),
    ...Object.fromEntries(
      pages.map(([name, entry]) => [`${name}.html`, entry.replace(/index\.tsx$/, `${name}.html`)]),
    ),
    ...Object.fromEntries(
      ICON_SIZES.map((size) => [join('icons', `icon-${size}.png`), `src/icons/icon-${size}.png`]),
    ),
  };
  for (const [name, path] of Object.entries(copies)) files.set(name, await readFile(`${root}${path}`));
  const { version } = await readJson('package.json');
  const manifest = deriveManifest(source, browser, version, { unpacked: true });
  files.set('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  const others = ['manifest.json', ...Object.values(copies)].map((path) => resolve(root, path));
  return { files, inputs: [...inputs, ...others] };
}

/**
 * @param {string} folder
 * @returns {Promise<import('./built-output.mjs').Built>}
 */
async function makeRelay(folder) {
  const { files, inputs } = await bundled({
    entryPoints: { lockstep: 'relay/cli.ts' },
    outdir: folder,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // ws and pino call require, which an ES module does not have.
    banner: {
      js: '#!/usr/bin/env node\nimport { createRequire as makeRequire } from "node:module";\nconst require = makeRequire(import.meta.url);',
    },
  });
  return { files, inputs, mode: 0o755 };
}

/** @type {Record<Target, (folder: string) => Promise<import('./built-output.mjs').Built>>} */
const MAKERS = {
  chrome: (folder) => makeExtension('chrome', folder, false),
  firefox: (folder) => makeExtension('firefox', folder, false),
  'chrome-measure': (folder) => makeExtension('chrome', folder, true),
  'firefox-measure': (folder) => makeExtension('firefox', folder, true),
  relay: makeRelay,
};

/**
 * Brings targets up to date.
 * @param {readonly Target[]} targets
 * @param {string} [outDir] default dist/
 * @returns {Promise<Target[]>} the ones that were stale
 */
export async function build(targets, outDir = `${root}dist`) {
  const stale = await Promise.all(
    targets.map((target) => {
      const folder = join(outDir, target);
      return refresh(folder, join(outDir, 'stamps', `${target}.json`), () => MAKERS[target](folder));
    }),
  );
  return targets.filter((_target, index) => stale[index]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @type {Target[]} */
  const shipped = ['chrome', 'firefox', 'relay'];
  await build(
    process.argv.includes('--measure') ? [...shipped, 'chrome-measure', 'firefox-measure'] : shipped,
  );
}
