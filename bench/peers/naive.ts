/**
 * The peer to beat: a page that plays the same cameras with plain hls.js, its defaults, over the relay's HTTP
 * playlists, and measures itself with the same meter. Not part of the extension.
 */
import Hls from 'hls.js';
import { startPageMeter } from '../../src/viewer/measure/page-meter.ts';

const query = new URLSearchParams(location.search);
const relay = query.get('relay') ?? '';
const cameras = (query.get('cameras') ?? '').split(',');

const columns = Math.ceil(Math.sqrt(cameras.length));
document.body.style.cssText = `margin:0;background:#111;height:100vh;display:grid;gap:4px;grid-template-columns:repeat(${columns},1fr)`;
const videos = new Map<string, HTMLVideoElement>();
for (const camera of cameras) {
  const video = document.createElement('video');
  video.dataset.camera = camera;
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.style.cssText = 'width:100%;height:100%;object-fit:contain;min-height:0';
  document.body.append(video);
  videos.set(camera, video);
  const hls = new Hls();
  hls.loadSource(`${relay}/live/${camera}/index.m3u8`);
  hls.attachMedia(video);
}
startPageMeter(() => videos);
