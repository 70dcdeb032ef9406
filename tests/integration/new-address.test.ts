/** A camera that gets another address while the relay runs, or while it does not: found again by its ONVIF id. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CliFixture, type RunningCli } from '../support/cli-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { type Lie, LOGIN, type LyingCamera, startLyingCamera } from '../support/lying-camera.ts';
import { startResponder } from '../support/onvif-responder.ts';
import { type RtspCamera, rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const missing = rtspMissing();
const cli = new CliFixture();
const folder = join(cli.folder, 'etc');
const file = join(folder, 'lockstep.yaml');
const read = (): string => readFileSync(file, 'utf8');
const textWith = (url: string, onvifId: string, id = 'yard'): string => `# Mine: do not lose this.
server: { port: 0 }
mediamtx: { enabled: false }
cameras:
  - id:  ${id}  # behind the house
    source:
      type: rtsp
      url: "${url}" # by DHCP
      username: ${LOGIN.username}
      password: ${LOGIN.password}
      onvifId: ${onvifId}
`;
let relay: RunningCli | undefined;

beforeEach(() => {
  mkdirSync(folder, { recursive: true });
});
afterEach(async () => {
  relay?.process.kill('SIGINT');
  await relay?.ended;
  rmSync(folder, { recursive: true });
});
afterAll(() => cli.stop());

/** @returns everything that its log said by now */
async function run(text: string): Promise<{ url: string; log(): string }> {
  writeFileSync(file, text);
  relay = cli.spawn(['run', '--json', '--config', file]);
  let log = '';
  relay.process.stderr?.on('data', (chunk: Buffer) => {
    log += String(chunk);
  });
  const { url } = JSON.parse(await relay.lines(1));
  return { url, log: () => log };
}

/** A camera with its ONVIF side, which says that its id is `urn:uuid:<name>`. */
async function camera(name: string, lie: Lie): Promise<RtspCamera & { readonly onvif: LyingCamera }> {
  const rtsp = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
  onTestFinished(() => rtsp.stop());
  const onvif = await startLyingCamera(lie, `rtsp://127.0.0.1:${rtsp.port}/whole`);
  onTestFinished(() => onvif.stop());
  const responder = await startResponder(name, onvif.url);
  onTestFinished(() => responder.stop());
  return { ...rtsp, onvif };
}

const states = async (url: string): Promise<string[]> => {
  const health = (await (await fetch(`${url}/health`)).json()) as { cameras: { state: string }[] };
  return health.cameras.map((each) => each.state);
};
const state = async (url: string): Promise<string> => (await states(url))[0] ?? '';

describe.skipIf(missing !== undefined)(
  `a camera with another address${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    it('is read at the new one, which is written down, when it changed while the relay was off', async () => {
      const { port } = await camera('yard', 'digest');
      const text = textWith('rtsp://127.0.0.2:9/whole', 'urn:uuid:yard');
      const { url, log } = await run(text);
      await eventually(
        'it is live',
        () => state(url),
        (now) => now === 'live',
        20_000,
      );
      expect(read()).toBe(text.replace('127.0.0.2:9', `127.0.0.1:${port}`));
      expect(log()).toContain(
        `yard was found by its ONVIF id at 127.0.0.1:${port}: lockstep.yaml says so now`,
      );
      expect(log()).not.toContain(LOGIN.password);
    });

    it('is read at the new one also where that cannot be written down, and after a reload', async () => {
      const { port } = await camera('yard', 'digest');
      const text = textWith('rtsp://127.0.0.2:9/whole', 'urn:uuid:yard').replace(
        'url: "rtsp://127.0.0.2:9/whole"',
        'url: *there',
      );
      const referring = text.replace('- id:  yard', '- name: &there rtsp://127.0.0.2:9/whole\n    id:  yard');
      const { url, log } = await run(referring);
      const isLive = (): Promise<string> =>
        eventually(
          'it is live',
          () => state(url),
          (now) => now === 'live',
          20_000,
        );
      await isLive();
      expect(log()).toMatch(
        new RegExp(
          `at 127.0.0.1:${port}: lockstep.yaml could not be told \\(.*by hand.*looked for again at the next start`,
        ),
      );
      const { stdout } = await cli.run(['reload', '--config', file]);
      expect(stdout).toContain('nothing changed');
      await isLive();
      expect(read()).toBe(referring);
    });

    it('is found again when it changes while the relay runs', async () => {
      const first = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
      const { url } = await run(textWith(`rtsp://127.0.0.1:${first.port}/whole`, 'urn:uuid:yard'));
      await eventually(
        'it is live',
        () => state(url),
        (now) => now === 'live',
        20_000,
      );
      await first.stop();
      await eventually(
        'it is gone',
        () => state(url),
        (now) => now !== 'live',
        20_000,
      );
      const { port } = await camera('yard', 'digest');
      await eventually(
        'it is back',
        () => state(url),
        (now) => now === 'live',
        60_000,
      );
      expect(read()).toContain(`url: "rtsp://127.0.0.1:${port}/whole" # by DHCP\n`);
    });

    it('is not taken for one that has another id, nor for one that has the id and refuses the password', async () => {
      const other = await camera('cellar', 'digest');
      const refusing = await camera('yard', 'refuses');
      const [hall, yard] = [
        textWith('rtsp://127.0.0.2:9/whole', 'urn:uuid:hall', 'hall'),
        textWith('rtsp://127.0.0.3:9/whole', 'urn:uuid:yard'),
      ];
      const user = 'of-this-test-alone';
      const text = `${hall}${yard.slice(yard.indexOf('  - id:'))}`.replaceAll(
        `username: ${LOGIN.username}`,
        `username: ${user}`,
      );
      const { url } = await run(text);
      // The search takes 3 s, the next one comes after 15 s.
      await new Promise((resolve) => setTimeout(resolve, 24_000));
      expect([await states(url), read()]).toEqual([['offline', 'offline'], text]);
      expect([other.onvif.tries(user), refusing.onvif.tries(user)]).toEqual([0, 1]);
    });
  },
);
