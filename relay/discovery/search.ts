/**
 * Finds cameras on the networks of this host: asks by multicast and listens for a while. Some cameras lose the first
 * datagram while their network wakes up, so it is asked twice.
 */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { NetworkInterfaceInfo } from 'node:os';
import type { Timers } from '../../src/wire/ports.ts';
import { type FoundCamera, parseAnswer, probeMessage } from './probe-message.ts';

const GROUP = '239.255.255.250';
const PORT = 3702;
/** Cameras wait up to half a second before they answer, so that not all do at once (WS-Discovery §3.1.3). */
const LISTEN_MS = 3_000;
const ASK_AGAIN_MS = 500;
/** Beyond any network of cameras: somebody plays with us. */
const MAX_CAMERAS = 256;

export interface SearchDeps {
  readonly timers: Timers;
  /** As of `os.networkInterfaces()`. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
}

export interface SearchResult {
  /** Each once, by address. */
  readonly cameras: readonly FoundCamera[];
  /** Each with every address that was told: of two that say they are one camera, one lies. */
  readonly answers: readonly FoundCamera[];
  /** Addresses of this host by which was asked; empty: it has no network. */
  readonly asked: readonly string[];
}

/** What to say when nobody answered, as a sentence; undefined when somebody did. Pure. */
export function noneFound({ cameras, asked }: SearchResult): string | undefined {
  if (cameras.length > 0) return undefined;
  return asked.length === 0
    ? 'no camera can be looked for: this host has no network.'
    : `no ONVIF camera answered in the networks of ${asked.join(', ')}.`;
}

/** What to do then. */
export const NONE_FOUND =
  'Switch ONVIF on in the camera’s settings (some want a user of its own for it); name one in another network by its address, or by that of its stream: docs/cameras.md.';

/** Never rejects: where nothing can be asked, nothing is found. */
export async function searchCameras({ timers, interfaces }: SearchDeps): Promise<SearchResult> {
  const own = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
  const found = new Map<string, FoundCamera>();
  const answers = new Map<string, FoundCamera>();
  const onCamera = (camera: FoundCamera): void => {
    if (answers.size >= MAX_CAMERAS) return;
    answers.set(`${camera.id} ${camera.url}`, camera);
    found.set(camera.id, found.get(camera.id) ?? camera);
  };
  const asked = await Promise.all(own.map((address) => ask(address, timers, onCamera)));
  return {
    cameras: [...found.values()].sort((one, other) =>
      one.url.localeCompare(other.url, 'en', { numeric: true }),
    ),
    answers: [...answers.values()],
    asked: own.filter((_address, n) => asked[n]),
  };
}

/** @returns whether the question could be sent */
function ask(address: string, timers: Timers, onCamera: (camera: FoundCamera) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = createSocket('udp4');
    let sent = false;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      for (const cancel of cancels) cancel();
      socket.close(() => resolve(sent));
    };
    // A camera asked twice tells the same by the id of the message.
    const message = Buffer.from(probeMessage(`urn:uuid:${randomUUID()}`));
    const send = (): void =>
      socket.send(message, PORT, GROUP, (error) => {
        sent ||= error === null;
      });
    const cancels = [timers.after(LISTEN_MS, end), timers.after(ASK_AGAIN_MS, send)];
    socket.on('error', end);
    socket.on('message', (data, { address: from }) => {
      for (const camera of parseAnswer(data.toString('utf8'), from)) onCamera(camera);
    });
    socket.bind(0, address, () => {
      try {
        socket.setMulticastInterface(address);
        send();
      } catch {
        end(); // The interface went away.
      }
    });
  });
}
