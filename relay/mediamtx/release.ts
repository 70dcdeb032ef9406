/** What a MediaMTX release offers and how its files are called. Pure. */

/** Where the project publishes its releases; followed by `/v<version>/<file>`. */
export const RELEASES_URL = 'https://github.com/bluenviron/mediamtx/releases/download';
/** The release that the relay is tested with. */
export const RELEASE_VERSION = '1.20.1';
export const CHECKSUMS_FILE = 'checksums.sha256';

/**
 * SHA-256 of archives that were looked up before this build was made, so that archive and checksums need not be
 * believed because they come from the same server. Each stands in at least four public installers that compared it
 * with the release. Archives that are not here are held to the list of their release. Key: name.
 */
export const KNOWN_CHECKSUMS: ReadonlyMap<string, string> = new Map([
  ['mediamtx_v1.20.1_linux_amd64.tar.gz', '81b143f55a5d23d4a8c028d52869c14ea4a59919900528698fcc97a747fd69c6'],
  ['mediamtx_v1.20.1_linux_arm64.tar.gz', 'd1689f0bfefb1864e5ed3dcc8495eb2d7ec0a654f90bf3cd48980cb3bd08718a'],
]);

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

/**
 * Why nothing may be fetched from this address, as half a sentence; undefined when it may: who is between this host
 * and a plain HTTP server could exchange archive and checksums alike. This host itself is no such way.
 */
export function addressProblem(address: string): string | undefined {
  if (!URL.canParse(address)) return 'it is no address, as in https://mirror.example/mediamtx';
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:' && LOOPBACK.test(hostname)) return undefined;
  return 'what comes by it could be exchanged on the way: use https://';
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Lines of `sha256sum`, in text or binary mode: hash, blank, blank or star, name. Key: name; value: hash in small hex. */
export function parseChecksums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, hash, name] = /^([0-9a-f]{64}) [ *](.+?)\r?$/i.exec(line) ?? [];
    if (hash !== undefined && name !== undefined) sums.set(name, hash.toLowerCase());
  }
  return sums;
}
