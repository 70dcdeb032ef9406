/** An init segment for tests of timelines, which never look into it. */
import type { InitSegment } from '../../../../src/wire/timeline.ts';

export const init = (id: string): InitSegment => ({
  id,
  bytes: Uint8Array.of(1, 2, 3),
  codecs: 'avc1.42c01e',
  width: 640,
  height: 360,
});
