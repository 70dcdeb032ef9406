/** Size of a tile's element on the screen: what the choice of the rung goes by. */
import type { Cancel } from '../../wire/ports.ts';

/** Its height in device pixels. */
export function shownHeightPx(video: HTMLVideoElement): number {
  return video.clientHeight * (video.ownerDocument.defaultView?.devicePixelRatio ?? 1);
}

/** Calls `listener` whenever the element has another size, and once at the beginning. */
export function onResized(video: HTMLVideoElement, listener: () => void): Cancel {
  const page = video.ownerDocument.defaultView;
  if (page === null) return () => {};
  const observer = new page.ResizeObserver(listener);
  observer.observe(video);
  return () => observer.disconnect();
}
