import { describe, expect, it } from 'vitest';
import { checkGstreamer } from '../../../../relay/doctor/gstreamer.ts';
import type { Host, RunResult } from '../../../../relay/doctor/host.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const host = (answer: (element: string) => RunResult): Host => ({
  run: (program, [, element = '']) =>
    Promise.resolve(program === 'gst-inspect-1.0' ? answer(element) : { kind: 'missing' }),
  look: () => 'ENOENT',
  userId: 1000,
});
const ended = (exitCode: number): RunResult => ({ kind: 'ended', exitCode, stdout: '' });
const cameras = [
  cameraConfig({ type: 'test' }, {}, 'one'),
  cameraConfig({ type: 'test' }, { backend: 'gstreamer' }, 'two'),
];

describe('checkGstreamer', () => {
  it('says nothing when no camera asks for it', async () => {
    const missing = host(() => ({ kind: 'missing' }));
    expect(await checkGstreamer(missing, cameras.slice(0, 1))).toEqual([]);
  });

  it('is content when every element is there', async () => {
    expect(
      await checkGstreamer(
        host(() => ended(0)),
        cameras,
      ),
    ).toMatchObject([{ level: 'ok' }]);
  });

  it('names the element that is missing, and its package', async () => {
    const findings = await checkGstreamer(
      host((element) => ended(element === 'x264enc' ? 1 : 0)),
      cameras,
    );
    expect(findings).toEqual([
      {
        level: 'fail',
        where: 'gstreamer',
        what: 'GStreamer has no element "x264enc"',
        fix: 'Install the package gstreamer1.0-plugins-ugly or set encode.backend to ffmpeg.',
      },
    ]);
  });

  it('says that it is not installed at all', async () => {
    const [finding] = await checkGstreamer(
      host(() => ({ kind: 'missing' })),
      cameras,
    );
    expect(finding?.fix).toMatch(/^Install the package gstreamer1\.0-tools/);
  });
});
