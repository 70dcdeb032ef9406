/** Height of a tile's element on the screen, in device pixels: what the choice of the rung goes by. */
export function shownHeightPx(video: HTMLVideoElement): number {
  return video.clientHeight * (video.ownerDocument.defaultView?.devicePixelRatio ?? 1);
}
