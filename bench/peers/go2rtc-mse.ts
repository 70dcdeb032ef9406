/**
 * A wall of go2rtc's MSE streams: fragments over a WebSocket, one a camera ("WebSocket API" in its api/README.md). It
 * keeps its distance to live as go2rtc's own page does, by playing as many times as fast as it has seconds in the
 * buffer: so it settles a second behind the newest picture.
 */
import { asked, showGrid } from './grid.ts';

const CODECS = 'avc1.640029,avc1.64002A,avc1.640033';
const SLOWEST_RATE = 0.1;
const KEPT_SECONDS = 5;
const AGAIN_MS = 1_000;

showGrid((camera, video) => {
  play(camera, video);
});

function play(camera: string, video: HTMLVideoElement): void {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  source.addEventListener('sourceopen', () => open(camera, video, source), { once: true });
}

function open(camera: string, video: HTMLVideoElement, source: MediaSource): void {
  URL.revokeObjectURL(video.src);
  const socket = new WebSocket(`${asked('api').replace(/^http/, 'ws')}/api/ws?src=${camera}`);
  socket.binaryType = 'arraybuffer';
  const waiting: ArrayBuffer[] = [];
  let buffer: SourceBuffer | undefined;
  const append = (): void => {
    if (buffer === undefined || buffer.updating || source.readyState !== 'open') return;
    const next = waiting.splice(0);
    if (next.length > 0) buffer.appendBuffer(joined(next));
    else follow(video, buffer);
  };
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'mse', value: CODECS })));
  socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => {
    if (typeof data === 'string') {
      const { type, value }: { type?: unknown; value?: unknown } = JSON.parse(data);
      if (type !== 'mse') {
        console.error(camera, value);
        return socket.close();
      }
      buffer = source.addSourceBuffer(String(value));
      buffer.addEventListener('updateend', append);
    } else waiting.push(data);
    append();
  });
  socket.addEventListener('close', () => setTimeout(() => play(camera, video), AGAIN_MS), { once: true });
  video.addEventListener('error', () => socket.close(), { once: true });
}

/** After each append: trims what is long over, and keeps the distance. */
function follow(video: HTMLVideoElement, buffer: SourceBuffer): void {
  const { buffered } = buffer;
  const ranges = buffered.length;
  if (ranges === 0) return;
  const start = buffered.start(ranges - 1);
  const end = buffered.end(ranges - 1);
  if (video.currentTime < Math.max(start, end - KEPT_SECONDS))
    video.currentTime = Math.max(start, end - KEPT_SECONDS);
  video.playbackRate = Math.max(SLOWEST_RATE, end - video.currentTime);
  if (end - buffered.start(0) > 2 * KEPT_SECONDS) buffer.remove(0, end - KEPT_SECONDS);
}

function joined(parts: readonly ArrayBuffer[]): ArrayBuffer {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return all.buffer;
}
