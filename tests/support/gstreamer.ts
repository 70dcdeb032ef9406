/** Whether this host has what a GStreamer encoder needs. */
import { spawnSync } from 'node:child_process';

const ELEMENTS = ['fdsrc', 'y4mdec', 'x264enc', 'h264parse', 'mp4mux', 'videoscale'];

/** Undefined when it has, else what is missing: for the name of a skipped test. */
export function gstreamerMissing(): string | undefined {
  const missing = ELEMENTS.find(
    (element) => spawnSync('gst-inspect-1.0', ['--exists', element], { stdio: 'ignore' }).status !== 0,
  );
  return missing === undefined ? undefined : `GStreamer has no ${missing}`;
}
