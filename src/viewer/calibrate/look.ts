/** Takes the brightness of a video's next picture. */
import type { Cancel } from '../../wire/ports.ts';
import type { Look } from './measurer.ts';

/** Enough for a target in a fifth of the picture's width. */
const MAX_WIDTH = 640;

export function createLook(): (video: HTMLVideoElement, seen: (look: Look) => void) => Cancel {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video, seen) => {
    const handle = video.requestVideoFrameCallback((_now, { mediaTime }) => {
      const { videoWidth, videoHeight } = video;
      if (context === null || videoWidth === 0) return;
      const width = Math.min(MAX_WIDTH, videoWidth);
      const height = Math.round((videoHeight * width) / videoWidth);
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      context.drawImage(video, 0, 0, width, height);
      const rgba = context.getImageData(0, 0, width, height).data;
      const data = new Uint8Array(width * height);
      // Green is most of what is bright.
      for (let n = 0; n < data.length; n += 1) data[n] = rgba[4 * n + 1] ?? 0;
      seen({ gray: { width, height, data }, positionSec: mediaTime });
    });
    return () => video.cancelVideoFrameCallback(handle);
  };
}
