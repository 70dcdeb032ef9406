/** Starts the cameras of filming-camera.py, and lets them film a page of Chromium. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** Debian's python, which sees python3-gi; another one first on PATH may not. */
const PYTHON = '/usr/bin/python3';

export interface FilmingCamera {
  readonly delayMs: number;
  /** Clockwise. */
  readonly degrees: number;
  /** Pixels across that the lens tells apart, of the 640 that the camera sends; a multiple of 16. */
  readonly lensPx: number;
  /** Of the original's, from 0 to 1. */
  readonly contrast: number;
}

export interface FilmingCameras {
  url(name: string): string;
  /** From now on all of them see this page. */
  film(page: Page): Promise<void>;
  /** How many pictures of the page they got. */
  readonly pictures: () => number;
  stop(): Promise<void>;
}

export async function startFilmingCameras(
  cameras: Readonly<Record<string, FilmingCamera>>,
): Promise<FilmingCameras> {
  const script = fileURLToPath(new URL('./filming-camera.py', import.meta.url));
  const wanted = Object.entries(cameras).map(([name, camera]) => ({ path: `/${name}`, ...camera }));
  const child = spawn(PYTHON, [script, JSON.stringify(wanted)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'exit');
  const [port] = await once(createInterface(child.stdout), 'line');
  let pictures = 0;
  return {
    url: (name) => `rtsp://127.0.0.1:${port}/${name}`,
    async film(page) {
      const session = await page.context().newCDPSession(page);
      session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
        session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
        const jpeg = Buffer.from(data, 'base64');
        const head = Buffer.alloc(12);
        head.writeUInt32BE(jpeg.length, 0);
        head.writeDoubleBE(metadata.timestamp ?? Date.now() / 1000, 4);
        child.stdin.write(Buffer.concat([head, jpeg]));
        pictures += 1;
      });
      await session.send('Page.startScreencast', {
        format: 'jpeg',
        quality: 80,
        maxWidth: 640,
        maxHeight: 400,
      });
    },
    pictures: () => pictures,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
