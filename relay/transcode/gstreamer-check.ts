/** Whether this host has the programs and elements that a GStreamer pipeline needs; in words what to install. */
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { GST_LAUNCH } from './gstreamer-backend.ts';

export const INSPECT = 'gst-inspect-1.0';
const LIMIT_MS = 10_000;
const TOOLS_PACKAGE = 'gstreamer1.0-tools';

/** Debian and Ubuntu; whatever is not listed comes with GStreamer itself. */
const PACKAGES: Readonly<Record<string, string>> = {
  x264enc: 'gstreamer1.0-plugins-ugly',
  h264parse: 'gstreamer1.0-plugins-bad',
  y4mdec: 'gstreamer1.0-plugins-bad',
  mp4mux: 'gstreamer1.0-plugins-good',
  v4l2src: 'gstreamer1.0-plugins-good',
  decodebin: 'gstreamer1.0-plugins-base',
  videoconvert: 'gstreamer1.0-plugins-base',
  videorate: 'gstreamer1.0-plugins-base',
  videoscale: 'gstreamer1.0-plugins-base',
};
const CORE_PACKAGE = 'libgstreamer1.0-0';

export const NOT_INSTALLED = `encode.backend gstreamer needs the programs ${INSPECT} and ${GST_LAUNCH}, which are not installed; install the package ${TOOLS_PACKAGE} or set encode.backend to ffmpeg`;

export const missingElement = (element: string): string =>
  `GStreamer has no element "${element}"; install the package ${PACKAGES[element] ?? CORE_PACKAGE} or set encode.backend to ffmpeg`;

/** The first thing that is missing, in one sentence without its full stop; undefined when all is there. */
export async function missingGstreamer(
  deps: ShortRunDeps,
  elements: readonly string[],
): Promise<string | undefined> {
  for (const element of elements) {
    const { ending } = await runShort(deps, {
      spec: { program: INSPECT, args: ['--exists', element] },
      limitMs: LIMIT_MS,
    });
    if (ending.kind === 'not-started') return NOT_INSTALLED;
    if (ending.kind !== 'exit' || ending.code !== 0) return missingElement(element);
  }
  return undefined;
}
