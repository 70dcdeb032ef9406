/** One video a camera, placed as our wall places its tiles, with the meter that the wall has: pages of all peers. */
import { startPageMeter } from '../../src/viewer/measure/page-meter.ts';
import { GAP_PX, layoutTiles } from '../../src/viewer/ui/layout.ts';

/** Our wall has a header above its tiles, and a margin around them. */
const HEADER_PX = 46;

const query = new URLSearchParams(location.search);

/** A value that the bench put into the page's address. */
export const asked = (name: string): string => query.get(name) ?? '';

/** @param play begins to play a camera in its element */
export function showGrid(play: (camera: string, video: HTMLVideoElement) => void): void {
  const cameras = asked('cameras').split(',');
  const width = window.innerWidth - 2 * GAP_PX;
  const height = window.innerHeight - HEADER_PX - 2 * GAP_PX;
  const places = layoutTiles({ count: cameras.length, width, height, aspect: 16 / 9 });
  document.body.style.cssText = 'margin:0;background:#111;overflow:hidden';
  const videos = new Map<string, HTMLVideoElement>();
  for (const [index, camera] of cameras.entries()) {
    const video = document.createElement('video');
    video.dataset.camera = camera;
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    const { left = 0, top = 0, width: tileWidth = 0, height: tileHeight = 0 } = places[index] ?? {};
    video.style.cssText =
      `position:absolute;left:${left + GAP_PX}px;top:${top + HEADER_PX + GAP_PX}px;` +
      `width:${tileWidth}px;height:${tileHeight}px`;
    document.body.append(video);
    videos.set(camera, video);
    play(camera, video);
  }
  startPageMeter(() => videos);
}
