/** What a MediaMTX release offers and how its files are called. Pure. */

/** Where the project publishes its releases; followed by `/v<version>/<file>`. */
export const RELEASES_URL = 'https://github.com/bluenviron/mediamtx/releases/download';
/** The release that the relay is tested with. */
export const RELEASE_VERSION = '1.20.1';
export const CHECKSUMS_FILE = 'checksums.sha256';

export interface Platform {
  /** As in `process.platform`. */
  readonly platform: string;
  /** As in `process.arch`. */
  readonly arch: string;
  /** As in `process.config.variables.arm_version`; only for `arm`. */
  readonly armVersion: string | undefined;
}

/** The archive for a platform, or in half a sentence why there is none that can be installed. */
export function releaseAsset(
  version: string,
  { platform, arch, armVersion }: Platform,
): { readonly name: string } | { readonly problem: string } {
  if (platform === 'win32') {
    return { problem: 'on Windows MediaMTX is installed by hand: unpack the release and configure its path' };
  }
  const processor = arch === 'arm' ? `armv${armVersion ?? '?'}` : arch;
  const built = BUILDS.get(`${platform} ${processor}`);
  if (built === undefined) {
    return { problem: `MediaMTX publishes no program for ${platform} on ${arch}: build it from source` };
  }
  return { name: `mediamtx_v${version}_${built}.tar.gz` };
}

/** Platform and processor as Node names them, to what the release's file is called after. */
const BUILDS = new Map([
  ['linux x64', 'linux_amd64'],
  ['linux arm64', 'linux_arm64'],
  ['linux armv7', 'linux_armv7'],
  ['linux armv6', 'linux_armv6'],
  ['darwin x64', 'darwin_amd64'],
  ['darwin arm64', 'darwin_arm64'],
]);

/** Lines of `sha256sum`, in text or binary mode: hash, blank, blank or star, name. Key: name; value: hash in small hex. */
export function parseChecksums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, hash, name] = /^([0-9a-f]{64}) [ *](.+?)\r?$/i.exec(line) ?? [];
    if (hash !== undefined && name !== undefined) sums.set(name, hash.toLowerCase());
  }
  return sums;
}
