/** The second player of a tile, in an element under the first one until its picture is to be seen. */
import { HlsTile, type HlsTileDeps } from '../hls/hls-tile.ts';
import type { EarlyPlayer } from './early-picture.ts';

export interface EarlyPlayerDeps extends Omit<HlsTileDeps, 'video'> {
  /** The element of the tile's own player. */
  readonly video: HTMLVideoElement;
  readonly startMs: number;
}

export function earlyPlayer({ video: first, ...deps }: EarlyPlayerDeps): EarlyPlayer {
  const video = first.ownerDocument.createElement('video');
  video.className = 'early waiting';
  video.disablePictureInPicture = true;
  video.ariaHidden = 'true';
  video.tabIndex = -1;
  first.after(video);
  const player = new HlsTile({ ...deps, video });
  let presentedSec: number | undefined;
  const watch = (): number =>
    video.requestVideoFrameCallback((_now, { mediaTime }) => {
      presentedSec = mediaTime;
      asked = watch();
    });
  let asked = watch();
  player.start();
  // Said before there are media: else what they begin with is decoded first.
  const from = deps.timeline.segments[0]?.pdtMs ?? deps.startMs;
  video.currentTime = (deps.startMs - from) / 1000;
  return {
    ready: () => player.ready(),
    programMs: () => player.programMs(),
    presentedMs: () => (presentedSec === undefined ? undefined : player.programMs(presentedSec)),
    setRate(rate) {
      if (rate !== player.rate()) player.setRate(rate);
    },
    show: () => video.classList.remove('waiting'),
    stop() {
      video.cancelVideoFrameCallback(asked);
      player.stop();
      video.remove();
    },
  };
}
