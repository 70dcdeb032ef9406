/** Whether what `npm run package` made is what may be released: whole, of this version, as each store wants it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Unzipped, unzipSync } from 'fflate';
import * as v from 'valibot';

/** Paths of the files that are released, SHA256SUMS aside. */
export interface Artefacts {
  readonly chrome: string;
  readonly firefox: string;
  readonly source: string;
  readonly npm: string;
  readonly debian: string;
}

export function artefactsOf(folder: string, name: string, version: string): Artefacts {
  return {
    chrome: join(folder, `lockstep-chrome-${version}.zip`),
    firefox: join(folder, `lockstep-firefox-${version}.zip`),
    source: join(folder, `lockstep-source-${version}.zip`),
    npm: join(folder, `${name}-${version}.tgz`),
    debian: join(folder, `lockstep_${version}_all.deb`),
  };
}

/** @returns what forbids a release, each as a sentence or two; empty when nothing does */
export function problemsOf(folder: string, artefacts: Artefacts, version: string): string[] {
  const files = Object.values(artefacts);
  const missing = files.filter((file) => !existsSync(file));
  const sumsFile = join(folder, 'SHA256SUMS');
  if (missing.length > 0 || !existsSync(sumsFile)) {
    const what = missing[0] ?? sumsFile;
    return [`${what} is not there. Run \`npm run package\`, in a git checkout where dpkg-deb is installed.`];
  }
  return [
    ...changedSince(readFileSync(sumsFile, 'utf8'), files),
    // One to four numbers is what both stores take (https://developer.chrome.com/docs/extensions/reference/manifest/version).
    ...(/^\d+(\.\d+){0,3}$/.test(version)
      ? []
      : [`Version ${version} is none for the stores: they take one to four numbers with dots between.`]),
    ...manifestProblems(artefacts.chrome, { ...SHARED, version: v.literal(version), ...CHROME }),
    ...manifestProblems(artefacts.firefox, { ...SHARED, version: v.literal(version), ...FIREFOX }),
    ...sourceProblems(artefacts.source, version),
  ];
}

function changedSince(sums: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
    return sums.includes(`${sum}  ${file.slice(file.lastIndexOf('/') + 1)}\n`)
      ? []
      : [`${file} is not what SHA256SUMS says. Run \`npm run package\` again.`];
  });
}

const SHARED = { manifest_version: v.literal(3), name: v.string() };
/** Without `key`, which the Chrome Web Store refuses. */
const CHROME = {
  key: v.optional(v.never()),
  background: v.object({ service_worker: v.string() }),
};
const FIREFOX = {
  browser_specific_settings: v.object({
    gecko: v.object({ id: v.string(), data_collection_permissions: v.object({}) }),
  }),
};

function manifestProblems(zip: string, entries: v.ObjectEntries): string[] {
  const manifest = v.safeParse(v.object(entries), jsonIn(unzipSync(readFileSync(zip)), 'manifest.json'));
  return (manifest.issues ?? []).map(
    (issue) => `${zip}: manifest.json: ${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}.`,
  );
}

function sourceProblems(zip: string, version: string): string[] {
  const prefix = `lockstep-source-${version}`;
  const packed = jsonIn(unzipSync(readFileSync(zip)), `${prefix}/package.json`);
  return v.is(v.object({ version: v.literal(version) }), packed)
    ? []
    : [`${zip} is not the source of version ${version}: commit the version, then run \`npm run package\`.`];
}

function jsonIn(files: Unzipped, path: string): unknown {
  const bytes = files[path];
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

/** What CHANGELOG.md says of a version, without its heading; undefined when it has no such heading. */
export function notesOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
  return section?.slice(section.indexOf('\n')).trim();
}

/** @param notes of the version, as of `notesOf` */
export function tagProblems(tag: string | undefined, version: string, notes: string | undefined): string[] {
  if (tag === undefined) return [];
  if (tag !== `v${version}`)
    return [`The tag is ${tag}, the version in package.json ${version}: they must be v1.2.3 and 1.2.3.`];
  return notes
    ? []
    : [`CHANGELOG.md says nothing under "## ${version}": give its "Unreleased" that heading.`];
}
