/** Bundles a TypeScript tool of bench/ so that Node can run it. Packages stay outside the bundle. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} name file in bench/, without its ending
 * @returns {Promise<string>} path of the bundle
 */
export async function bundleTool(name) {
  const outfile = `${root}dist/tools/${name}.js`;
  await build({
    entryPoints: [`${root}bench/${name}.ts`],
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
