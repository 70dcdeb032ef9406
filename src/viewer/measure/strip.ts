/** Reads the clock strip of src/wire/strip.ts out of whatever a video element shows. */
import { decodeStrip, STRIP } from '../../wire/strip.ts';

/** Half of the 8-bit range: black cells are drawn at 16, white ones at 235. */
const WHITE = 128;
const BYTES_PER_PIXEL = 4;

export class StripReader {
  readonly #context: OffscreenCanvasRenderingContext2D | null;

  constructor() {
    // One pixel a cell; read back at once, so a canvas in main memory is cheaper than one on the GPU.
    this.#context = new OffscreenCanvas(STRIP.cells, 1).getContext('2d', { willReadFrequently: true });
  }

  /**
   * The clock value in the picture, in ms modulo STRIP_WRAP_MS; undefined without a readable strip.
   * Costs more than playing a small frame did: use it sparingly.
   */
  read(video: HTMLVideoElement): number | undefined {
    const { videoWidth, videoHeight } = video;
    const context = this.#context;
    if (context === null || videoWidth === 0) return undefined;
    const stripHeight = videoHeight * STRIP.heightRatio;
    // The middle of the strip: its edges are blurred into the picture by scaling and encoding.
    const height = Math.max(1, stripHeight / 8);
    const top = (stripHeight - height) / 2;
    const band = cutOut(video, top, height);
    if (band === undefined) context.drawImage(video, 0, top, videoWidth, height, 0, 0, STRIP.cells, 1);
    else {
      context.drawImage(band, 0, 0, STRIP.cells, 1);
      band.close();
    }
    return decodeStrip(cellsOf(context.getImageData(0, 0, STRIP.cells, 1).data));
  }
}

/**
 * The band alone, without a copy: `drawImage` of a video converts all of its picture to RGB first, for whatever part of it;
 * of 4K that was a quarter of a core at seven looks a second. Undefined where the browser does not cut.
 */
function cutOut(video: HTMLVideoElement, top: number, height: number): VideoFrame | undefined {
  if (typeof VideoFrame === 'undefined') return undefined;
  // Chroma is sampled at every second pixel of every second line.
  const visibleRect = {
    x: 0,
    y: even(top),
    width: even(video.videoWidth),
    height: Math.max(2, even(height)),
  };
  try {
    return new VideoFrame(video, { visibleRect });
  } catch {
    return undefined;
  }
}

const even = (pixels: number): number => Math.floor(pixels / 2) * 2;

/** One cell per RGBA pixel: true where it is white. */
export function cellsOf(pixels: ArrayLike<number>): boolean[] {
  const cells: boolean[] = [];
  for (let i = 0; i < pixels.length; i += BYTES_PER_PIXEL) cells.push((pixels[i] ?? 0) >= WHITE);
  return cells;
}
