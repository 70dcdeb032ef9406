/**
 * The peer to beat: a page that plays the same cameras with plain hls.js, its defaults, over HTTP playlists (the
 * relay's, or MediaMTX's), and measures itself with the same meter. Not part of the extension.
 */
import Hls from 'hls.js';
import { asked, showGrid } from './grid.ts';

showGrid((camera, video) => {
  const hls = new Hls();
  hls.loadSource(`${asked('playlists')}/${camera}/index.m3u8`);
  hls.attachMedia(video);
});
