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
