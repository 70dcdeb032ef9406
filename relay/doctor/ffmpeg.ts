/** Whether the host's ffmpeg can do the relay's work: found, runs, new enough, has libx264. */
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Host } from './host.ts';

/** Per-file options in concat lists, which carry the camera's address to ffmpeg, came with 5.0. */
const OLDEST_MAJOR = 5;

const INSTALL =
  'Install it: `sudo apt install ffmpeg` (Debian, Ubuntu), `sudo dnf install ffmpeg` (Fedora with RPM Fusion) or `brew install ffmpeg` (macOS)';

/** @param configured value of the key `ffmpeg`, if any */
export async function checkFfmpeg(host: Host, configured: string | undefined): Promise<Finding> {
  const program = configured ?? 'ffmpeg';
  const setKey =
    configured === undefined
      ? ', or set "ffmpeg" in the configuration to its path.'
      : `, or correct "ffmpeg" in the configuration.`;
  // At the same time: each start of the relay waits for it.
  const [version, encoders] = await Promise.all([
    host.run(program, ['-hide_banner', '-version']),
    host.run(program, ['-hide_banner', '-encoders']),
  ]);
  if (version.kind === 'missing') {
    const place = configured === undefined ? 'on PATH' : `at ${configured}`;
    return fail('ffmpeg', `ffmpeg was not found ${place}`, `${INSTALL}${setKey}`);
  }
  if (version.kind === 'denied') {
    return fail(
      'ffmpeg',
      `${program} may not be run by this user`,
      `Make it executable (chmod a+x)${setKey}`,
    );
  }
  const name = version.kind === 'ended' ? /^ffmpeg version (\S+)/m.exec(version.stdout)?.[1] : undefined;
  if (version.kind !== 'ended' || version.exitCode !== 0 || name === undefined) {
    const how = version.kind === 'hung' ? 'did not answer' : 'does not print the version of an ffmpeg';
    return fail('ffmpeg', `${program} ${how}`, `${INSTALL}${setKey}`);
  }
  if (encoders.kind !== 'ended' || !/^\s*V\S*\s+libx264\s/m.test(encoders.stdout)) {
    return fail(
      'ffmpeg',
      `${program} (version ${name}) has no libx264 encoder`,
      `Install a full build; ffmpeg-free has none. ${INSTALL}${setKey}`,
    );
  }
  // Builds from git are named after their commit, N-12345-gabcdef: they pass.
  const major = /^n?(\d+)\./.exec(name)?.[1];
  if (major === undefined) {
    return warn(
      'ffmpeg',
      `${program} is a build without a version number (${name})`,
      'Use a release if cameras do not start.',
    );
  }
  if (Number(major) < OLDEST_MAJOR) {
    return fail(
      'ffmpeg',
      `${program} is version ${name}, older than ${OLDEST_MAJOR}.0`,
      `${INSTALL}${setKey}`,
    );
  }
  return ok('ffmpeg', `${program} is version ${name} with libx264`);
}
