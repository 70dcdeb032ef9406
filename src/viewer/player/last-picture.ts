/** Keeps what a video element shows, for the moment in which its player or source is replaced. */

/** The picture as an address for `poster`; undefined when there is none. */
export function lastPicture(
  video: HTMLVideoElement,
  log: (message: string, fields: Record<string, unknown>) => void,
): string | undefined {
  if (video.videoWidth === 0) return undefined;
  const canvas = video.ownerDocument.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  try {
    return canvas.toDataURL('image/jpeg', 0.8);
  } catch (error) {
    log('last picture could not be kept', { error: String(error) });
    return undefined;
  }
}

/**
 * For the `playing` event: takes the poster away once there is a picture to show instead. The event also comes while
 * there is none, of a source that was replaced meanwhile or just before a seek; it comes again with the picture.
 */
export function dropPoster(video: HTMLVideoElement): void {
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) video.removeAttribute('poster');
}
