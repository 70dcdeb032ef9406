/** One camera, asked through the library `onvif`: what that library leaves to its users is done here. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Cam } from 'onvif';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** All of one connection's answers; the profiles of a large recorder have a few 100 KB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** What a camera says to who is not, or wrongly, logged in. */
export const REFUSED = Symbol('refused');
const UNAUTHORIZED = /un-?authori[sz]ed|not ?authori[sz]ed|not ?permitted/i;

/** Calls the library so that a refusal is told from other errors, and a password is tried in one way only. */
export class Asking {
  readonly camera: Cam;
  #digest = false;
  #refused = false;

  constructor(camera: Cam) {
    this.camera = camera;
    const { digestAuth } = camera;
    // Without a user it would try one called "undefined"; and a password refused in one way it would try in the other.
    camera.digestAuth = (...args) => {
      if (!camera.useWSSecurity) return digestAuth.apply(camera, args);
      this.#digest = true;
      this.#refused = true;
      throw new Error('digest asked for');
    };
    camera.on('rawResponse', (text, status) => {
      this.#refused = status === 401 || status === 403 || UNAUTHORIZED.test(text);
    });
  }

  /** The camera's clock, by which passwords are dated, and the addresses of its services. @throws when it is no camera */
  async reach(): Promise<void> {
    const { camera } = this;
    await this.call((done) => camera.getSystemDateAndTime(done));
    // Some keep it to themselves.
    camera.timeShift ??= Date.now() - process.uptime() * 1000;
    // Older ones know the second question only.
    await this.call((done) => camera.getServices(false, done)).catch(() =>
      this.call((done) => camera.getCapabilities(done)),
    );
  }

  logIn({ username, password }: Login): void {
    Object.assign(this.camera, { username, password, useWSSecurity: !this.#digest });
  }

  /** @returns the answer, or {@link REFUSED}. @throws Error when there is none that can be read */
  call(ask: (done: (error: unknown, data?: unknown) => void) => void): Promise<unknown> {
    this.#refused = false;
    return new Promise((resolve, reject) => {
      // The library throws inside its own callbacks for answers it does not understand, and reports that as an error.
      ask((error, data) => {
        if (this.#refused || / 401$/.test(String(error))) resolve(REFUSED);
        else if (error) reject(error instanceof Error ? error : new Error(String(error)));
        else resolve(data);
      });
    });
  }
}

/** Ends connections that carry more than any camera has to say. */
export function boundedAgent(secure: boolean): HttpAgent | HttpsAgent {
  const agent = secure ? new HttpsAgent() : new HttpAgent();
  const { createConnection } = agent;
  agent.createConnection = (options, done) => {
    const socket = createConnection.call(agent, options, done);
    let bytes = 0;
    socket?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) socket.destroy(new Error('too long'));
    });
    return socket;
  };
  return agent;
}
