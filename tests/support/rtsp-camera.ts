/** Starts the RTSP camera of rtsp-server.py. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Debian's python, which sees python3-gi; another one first on PATH may not. */
const PYTHON = '/usr/bin/python3';

/** Undefined when the server can run here, else what is missing: for the name of a skipped test. */
export function rtspMissing(): string | undefined {
  const probe =
    'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer';
  const { status } = spawnSync(PYTHON, ['-c', probe], { stdio: 'ignore' });
  return status === 0 ? undefined : 'python3-gi with GstRtspServer is not installed';
}

export interface RtspCamera {
  readonly port: number;
  /** Changes the size of the running picture. */
  resize(width: number, height: number): void;
  /** From now on /asked has no keyframe any more. */
  stopKeyframes(): void;
  stop(): Promise<void>;
}

export async function startRtspCamera(login?: { user: string; password: string }): Promise<RtspCamera> {
  const script = fileURLToPath(new URL('./rtsp-server.py', import.meta.url));
  const child = spawn(PYTHON, [script, ...(login === undefined ? [] : [login.user, login.password])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    port: Number(line),
    resize: (width, height) => child.stdin.write(`size ${width}x${height}\n`),
    stopKeyframes: () => void child.stdin.write('rare\n'),
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
