import { describe, expect, it } from 'vitest';
import { checkFfmpeg } from '../../../../relay/doctor/ffmpeg.ts';
import type { Host, RunResult } from '../../../../relay/doctor/host.ts';

const ended = (stdout: string, exitCode = 0): RunResult => ({ kind: 'ended', exitCode, stdout });
const WITH_X264 = ' V....D flv\n V....D libx264              libx264 H.264 / AVC / MPEG-4 AVC (codec h264)\n';
const NO_X264 = ' V....D libopenh264          OpenH264\n V....D libx264rgb           libx264 H.264 RGB\n';

/** A host whose ffmpeg prints this version and these encoders. */
function hostWith(version: RunResult, encoders: RunResult = ended(WITH_X264)): Host {
  return {
    run: (_program, args) => Promise.resolve(args.includes('-version') ? version : encoders),
    look: () => 'ENOENT',
    userId: 1000,
  };
}
const INSTALL =
  'Install it: `sudo apt install ffmpeg` (Debian, Ubuntu), `sudo dnf install ffmpeg` (Fedora with RPM Fusion) or `brew install ffmpeg` (macOS)';

describe('checkFfmpeg', () => {
  it.each(['5.1.9-0+deb12u1', '7.0', 'n6.1.1', '8.1-Jellyfin'])('accepts version %s', async (version) => {
    const finding = await checkFfmpeg(hostWith(ended(`ffmpeg version ${version} Copyright\n`)), undefined);
    expect(finding).toEqual({
      level: 'ok',
      where: 'ffmpeg',
      what: `ffmpeg is version ${version} with libx264`,
      fix: '',
    });
  });

  it('gives the commands that install a missing ffmpeg', async () => {
    expect(await checkFfmpeg(hostWith({ kind: 'missing' }), undefined)).toEqual({
      level: 'fail',
      where: 'ffmpeg',
      what: 'ffmpeg was not found on PATH',
      fix: `${INSTALL}, or set "ffmpeg" in the configuration to its path.`,
    });
  });

  it('names the configured path when nothing is there', async () => {
    expect(await checkFfmpeg(hostWith({ kind: 'missing' }), '/opt/ffmpeg')).toMatchObject({
      level: 'fail',
      what: 'ffmpeg was not found at /opt/ffmpeg',
      fix: `${INSTALL}, or correct "ffmpeg" in the configuration.`,
    });
  });

  it.each([
    ['may not be run', { kind: 'denied' }, ended(WITH_X264), 'fail', 'may not be run by this user'],
    ['hangs', { kind: 'hung' }, ended(WITH_X264), 'fail', 'did not answer'],
    ['crashes', { kind: 'broken' }, ended(WITH_X264), 'fail', 'does not print the version of an ffmpeg'],
    ['is another program', ended('GNU sed 4.9'), ended(WITH_X264), 'fail', 'does not print the version'],
    [
      'exits with an error',
      ended('ffmpeg version 5.1', 1),
      ended(WITH_X264),
      'fail',
      'does not print the version',
    ],
    ['is too old', ended('ffmpeg version 4.4.2-0ubuntu'), ended(WITH_X264), 'fail', 'older than 5.0'],
    ['has no libx264', ended('ffmpeg version 7.1'), ended(NO_X264), 'fail', 'has no libx264'],
    [
      'is built from git',
      ended('ffmpeg version N-118-gabc'),
      ended(WITH_X264),
      'warn',
      'without a version number',
    ],
  ] satisfies [string, RunResult, RunResult, string, string][])(
    'explains an ffmpeg that %s',
    async (_about, version, encoders, level, what) => {
      const finding = await checkFfmpeg(hostWith(version, encoders), undefined);
      expect(finding.level).toBe(level);
      expect(finding.what).toContain(what);
      expect(finding.fix).not.toBe('');
    },
  );
});
