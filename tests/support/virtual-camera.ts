/**
 * An ONVIF camera that is not ours: ipycam (PyPI), where the Python that `LOCKSTEP_IPYCAM` names has it installed. It
 * answers WS-Discovery on loopback and sends two H.264 streams of a clip.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const PYTHON = process.env.LOCKSTEP_IPYCAM ?? 'python3';

/** Undefined when it can run here, else what is missing: for the name of a skipped test. */
export function virtualCameraMissing(): string | undefined {
  const { status } = spawnSync(PYTHON, ['-c', 'import ipycam'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'no Python with ipycam (LOCKSTEP_IPYCAM names it)';
}

export interface VirtualCamera {
  readonly onvifPort: number;
  readonly rtspPort: number;
  stop(): Promise<void>;
}

export async function startVirtualCamera(
  name: string,
  login: { readonly username: string; readonly password: string },
): Promise<VirtualCamera> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-ipycam-'));
  const [onvifPort, rtspPort] = [await freePort(), await freePort()];
  const clip = join(folder, 'clip.mp4');
  const drawn = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=15', '-t', '4'];
  spawnSync('ffmpeg', ['-loglevel', 'error', ...drawn, '-c:v', 'libx264', '-preset', 'ultrafast', clip]);
  const sizes = {
    main_width: 1280,
    main_height: 720,
    main_fps: 15,
    sub_width: 640,
    sub_height: 360,
    sub_fps: 15,
  };
  writeFileSync(
    join(folder, 'camera.json'),
    JSON.stringify({
      name,
      local_ip: '127.0.0.1',
      onvif_port: onvifPort,
      rtsp_port: rtspPort,
      hw_accel: 'cpu',
      ...sizes,
      ...login,
    }),
  );
  const child: ChildProcess = spawn(PYTHON, ['-m', 'ipycam', '--config', 'camera.json', '--source', clip], {
    cwd: folder,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of [onvifPort, rtspPort]) await listening(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { onvifPort, rtspPort, stop };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const reached = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (reached) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`ipycam ended with ${child.exitCode}`);
}
