/** Whether GStreamer has what the cameras need that are encoded by it. */
import type { CameraConfig } from '../config/schema.ts';
import { gstreamerElements } from '../transcode/gstreamer-backend.ts';
import { INSPECT, missingElement, NOT_INSTALLED } from '../transcode/gstreamer-check.ts';
import { type Finding, fail, ok } from './finding.ts';
import type { Host } from './host.ts';

/** Nothing when no camera asks for it. */
export async function checkGstreamer(host: Host, cameras: readonly CameraConfig[]): Promise<Finding[]> {
  const users = cameras.filter(({ encode }) => encode.backend === 'gstreamer');
  const elements = new Set(users.flatMap((camera) => gstreamerElements(camera)));
  for (const element of elements) {
    const result = await host.run(INSPECT, ['--exists', element]);
    if (result.kind === 'ended' && result.exitCode === 0) continue;
    const [what = '', fix = ''] = (result.kind === 'missing' ? NOT_INSTALLED : missingElement(element)).split(
      '; ',
    );
    return [fail('gstreamer', what, `${fix.slice(0, 1).toUpperCase()}${fix.slice(1)}.`)];
  }
  return users.length === 0 ? [] : [ok('gstreamer', 'GStreamer has every element that the cameras need')];
}
