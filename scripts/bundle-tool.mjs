/** Bundles a TypeScript tool of scripts/ or bench/ so that Node can run it. Packages stay outside the bundle. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} tool file in the project, without its ending, as in `bench/demo`
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleTool(tool) {
  const outfile = `${root}dist/tools/${basename(tool)}.js`;
  await build({
    entryPoints: [`${root}${tool}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    define: { __MEASURE__: 'true' },
  });
  return outfile;
}
