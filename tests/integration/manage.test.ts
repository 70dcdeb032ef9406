/** Cameras changed over the control socket, as the options page does, on a relay that runs by a file with comments. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../relay/config/load.ts';
import type { CommandInput } from '../../src/extension/link-commands.ts';
import type { CommandAnswer, RelayMessageOf } from '../../src/wire/protocol.ts';
import { CliFixture, type RunningCli } from '../support/cli-fixture.ts';
import { Client, EXTENSION } from '../support/edge-rig.ts';
import { LOGIN, startLyingCamera } from '../support/lying-camera.ts';
import { startResponder } from '../support/onvif-responder.ts';
import { rtspMissing, startRtspCamera } from '../support/rtsp-camera.ts';

const TEXT = `# Mine: do not lose this.
server: { port: 0 } # any
mediamtx: { enabled: false }

cameras:
  # By the gate.
  - id: gate # short
    name: Gate # as we call it
    source: { type: test, size: 160x90, fps: 5 }

  # Behind the house.
  - id: yard
    source: { type: test, size: 160x90, fps: 5 }
`;
const cli = new CliFixture();
const folder = join(cli.folder, 'etc');
const file = join(folder, 'lockstep.yaml');
let relay: RunningCli;
let port = 0;
let nextId = 1;
const read = (): string => readFileSync(file, 'utf8');
const comments = (text: string): string[] => [...text.matchAll(/# .*$/gm)].map(([line]) => line).sort();
const backups = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.bak'));

beforeEach(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, TEXT);
  relay = cli.spawn(['run', '--json', '--config', file]);
  port = JSON.parse(await relay.lines(1)).port;
});
afterEach(async () => {
  relay.process.kill('SIGINT');
  await relay.ended;
  rmSync(folder, { recursive: true });
});
afterAll(() => cli.stop());

interface Browser {
  readonly client: Client;
  ask(command: CommandInput): Promise<RelayMessageOf<'result'>>;
  /** @throws Error when it is refused */
  list(): Promise<Extract<CommandAnswer, { kind: 'cameras' }>>;
}

async function browser(...rights: string[]): Promise<Browser> {
  const { code } = JSON.parse((await cli.run(['pair', '--json', '--config', file, ...rights])).stdout);
  const client = new Client(port, '/control', { origin: EXTENSION });
  onTestFinished(() => client.close());
  await client.message('hello');
  client.say({ type: 'pair', protocol: 1, code, clientName: 'test' });
  const { token } = await client.message('paired');
  client.say({ type: 'auth', protocol: 1, token, client: 'tool' });
  await client.message('welcome');
  const ask = async (command: CommandInput): Promise<RelayMessageOf<'result'>> => {
    const id = nextId++;
    client.say({ type: 'command', id, ...command });
    const find = () =>
      client
        .messages()
        .find(
          (message): message is RelayMessageOf<'result'> => message.type === 'result' && message.id === id,
        );
    await client.until(() => find() !== undefined);
    return find() ?? { type: 'result', id };
  };
  const list: Browser['list'] = async () => {
    const { answer, error } = await ask({ command: 'list-cameras' });
    if (answer?.kind === 'cameras') return answer;
    throw new Error(error?.message);
  };
  return { client, ask, list };
}

describe('a browser that may only watch', () => {
  it('changes nothing, and is told how it may; a right that is given or taken back counts at once', async () => {
    const { client, ask } = await browser();
    expect((await client.message('hello')).features).toContain('cameras');
    const refused = await ask({ command: 'remove-camera', camera: 'yard', revision: '' });
    expect(refused.error).toMatchObject({
      code: 'not-allowed',
      message: expect.stringMatching(/lockstep tokens allow [0-9a-f]{8}$/),
    });
    const id = refused.error?.message.slice(-8) ?? '';
    await cli.run(['tokens', 'allow', id, '--config', file]);
    expect((await ask({ command: 'list-cameras' })).answer?.kind).toBe('cameras');
    await cli.run(['tokens', 'forbid', id, '--config', file]);
    expect((await ask({ command: 'list-cameras' })).error?.code).toBe('not-allowed');
    expect(read()).toBe(TEXT);
  });
});

describe('a browser that may change cameras', () => {
  it('names, orders and removes them: in the file with its comments, and on the wall without a restart', async () => {
    const { client, ask, list } = await browser('--cameras');
    const first = await list();
    expect(first).toMatchObject({
      cameras: [
        { id: 'gate', name: 'Gate', source: 'test' },
        { id: 'yard', name: 'yard', source: 'test' },
      ],
    });
    expect(first.locked).toBeUndefined();

    const named = await ask({ command: 'rename-camera', camera: 'yard', name: ' Yard: #1 ', ...first });
    expect(named.answer).toMatchObject({ cameras: [{}, { id: 'yard', name: 'Yard: #1' }] });
    expect(comments(read())).toEqual(comments(TEXT));
    await client.until(() =>
      client.messages().some((each) => each.type === 'camera' && each.camera.name === 'Yard: #1'),
    );

    const ordered = await ask({
      command: 'order-cameras',
      order: ['yard', 'gate'],
      revision: (await list()).revision,
    });
    expect(ordered.answer).toMatchObject({ cameras: [{ id: 'yard' }, { id: 'gate' }] });
    expect(read()).toContain('  # Behind the house.\n  - id: yard\n');
    await client.until(() =>
      client.messages().some((each) => each.type === 'camera' && each.order?.[0] === 'yard'),
    );

    const delayed = await ask({
      command: 'set-offsets',
      offsets: [
        { camera: 'gate', offsetMs: 420 },
        { camera: 'yard', offsetMs: -40 },
      ],
      revision: (await list()).revision,
    });
    expect(delayed.error).toBeUndefined();
    await client.until(() =>
      client.messages().some((each) => each.type === 'camera' && each.camera.offsetMs === 420),
    );
    expect(comments(read())).toEqual(comments(TEXT));

    const { revision } = await list();
    const removed = await ask({ command: 'remove-camera', camera: 'gate', revision });
    expect(removed.answer).toMatchObject({ cameras: [{ id: 'yard' }] });
    await client.message('removed');
    // One copy of what a person wrote, and none of the steps between.
    expect(backups()).toHaveLength(1);
    expect(readFileSync(join(folder, backups()[0] ?? ''), 'utf8')).toBe(TEXT);
    const last = await ask({ command: 'remove-camera', camera: 'yard', revision: (await list()).revision });
    expect(last.error).toMatchObject({ code: 'bad-value', field: 'camera' });
  });

  it('loses nothing that was written by hand meanwhile', async () => {
    const { ask, list } = await browser('--cameras');
    const { revision } = await list();
    const theirs = TEXT.replace('name: Gate', 'name: Portal').replace('# Mine', '# Mine and yours');
    writeFileSync(file, theirs);
    const refused = await ask({ command: 'remove-camera', camera: 'gate', revision });
    expect(refused.error).toMatchObject({
      code: 'changed-meanwhile',
      message: expect.stringContaining('lockstep.yaml was changed by somebody else meanwhile'),
    });
    expect([read(), backups()]).toEqual([theirs, []]);
    const again = await list();
    expect(again.cameras[0]?.name).toBe('Portal');
    const { answer } = await ask({
      command: 'rename-camera',
      camera: 'yard',
      name: 'Yard',
      revision: again.revision,
    });
    expect(answer).toMatchObject({ cameras: [{ name: 'Portal' }, { name: 'Yard' }] });
    expect(comments(read())).toEqual(comments(theirs));
  });

  it('is told what is wrong with a file that was broken by hand, and changes nothing in it', async () => {
    const { ask, list } = await browser('--cameras');
    const { revision } = await list();
    const broken = TEXT.replace('type: test', 'type: tset');
    writeFileSync(file, broken);
    const { error } = await ask({ command: 'rename-camera', camera: 'yard', name: 'Yard', revision });
    expect(error?.code).toBe('changed-meanwhile');
    const listed = await ask({ command: 'list-cameras' });
    expect(listed.error).toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/line 9: cameras\[0\]\.source\.type must be .* Did you mean "test"\?/),
    });
    expect(read()).toBe(broken);
  });

  it('is told which field of a command is wrong', async () => {
    const { ask, list } = await browser('--cameras');
    const { revision } = await list();
    for (const [command, field, words] of [
      [{ command: 'rename-camera', camera: 'yard', name: ' ' }, 'name', /a name/],
      [{ command: 'rename-camera', camera: 'yard', name: 'x'.repeat(81) }, 'name', /80 letters/],
      [{ command: 'rename-camera', camera: 'attic', name: 'Attic' }, undefined, /no camera "attic"/],
      [
        {
          command: 'set-offsets',
          offsets: [
            { camera: 'yard', offsetMs: 1 },
            { camera: 'attic', offsetMs: 1 },
          ],
        },
        undefined,
        /no camera "attic"/,
      ],
      [{ command: 'order-cameras', order: ['yard'] }, undefined, /each camera once/],
      [{ command: 'add-camera', draft: 'x', name: 'Door' }, 'draft', /test it again/],
      [{ command: 'test-camera', address: '' }, 'address', /no address of a camera/],
      [{ command: 'test-camera', address: 'file:///etc/passwd' }, 'address', /no address of a camera/],
      [{ command: 'test-camera', address: 'rtsp://cam/1#2' }, 'address', /%23/],
      [
        { command: 'test-camera', address: 'rtsp://cam/1', substream: 'cam/2' },
        'substream',
        /no address of a stream/,
      ],
      [{ command: 'test-camera', address: 'rtsp://cam/1', password: 'x' }, 'username', /the user/],
      [{ command: 'test-camera', address: 'rtsp://u:p@cam/1', username: 'x' }, 'username', /a user already/],
      [{ command: 'test-camera', address: '127.0.0.1:9' }, 'address', /nothing listens there/],
    ] as const) {
      const { error } = await ask({ revision, ...command } as CommandInput);
      expect([error?.field, error?.message], JSON.stringify(command)).toEqual([
        field,
        expect.stringMatching(words),
      ]);
    }
    expect(read()).toBe(TEXT);
  });

  it('is told when a camera refuses the password, after one try', async () => {
    const camera = await startLyingCamera('refuses');
    onTestFinished(() => camera.stop());
    const { ask } = await browser('--cameras');
    const { error } = await ask({ command: 'test-camera', address: new URL(camera.url).host, ...LOGIN });
    expect(error).toMatchObject({ code: 'bad-value', field: 'password' });
    expect(camera.tries()).toBe(1);
  });
});

const missing = rtspMissing();

describe.skipIf(missing !== undefined)(
  `adding a camera${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    it('adds its smaller stream with it, read with the same login', async () => {
      const camera = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
      onTestFinished(() => camera.stop());
      const [url = '', substream = ''] = ['whole', 'cam'].map(
        (path) => `rtsp://127.0.0.1:${camera.port}/${path}`,
      );
      const { ask, list } = await browser('--cameras');
      const same = await ask({ command: 'test-camera', address: url, substream: url });
      expect(same.error).toMatchObject({ code: 'bad-value', field: 'substream' });
      const { answer } = await ask({ command: 'test-camera', address: url, substream, ...LOGIN });
      if (answer?.kind !== 'tested') throw new Error('not tested');
      const [seen] = answer.cameras;
      expect(seen?.findings.filter(({ level }) => level === 'fail')).toEqual([]);
      const { revision } = await list();
      await ask({ command: 'add-camera', draft: seen?.draft ?? '', name: 'Two', revision });
      expect(loadConfig(file).cameras[2]?.source).toEqual({
        ...{ type: 'rtsp', url, ...LOGIN },
        substreams: [{ url: substream, ...LOGIN }],
      });
    });

    it('finds it in the network, reads its streams, and adds it', async () => {
      const camera = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
      onTestFinished(() => camera.stop());
      const onvif = await startLyingCamera('open', `rtsp://127.0.0.1:${camera.port}/whole`);
      onTestFinished(() => onvif.stop());
      const responder = await startResponder('Shed', onvif.url);
      onTestFinished(() => responder.stop());
      const { ask, list } = await browser('--cameras');

      const search = ask({ command: 'find-cameras' });
      expect((await ask({ command: 'find-cameras' })).error?.code).toBe('busy');
      const { answer } = await search;
      if (answer?.kind !== 'found') throw new Error('nothing');
      const shed = answer.cameras.find(({ name }) => name === 'Shed');
      expect(shed).toEqual({ name: 'Shed', address: new URL(onvif.url).host, known: false });

      const tested = await ask({ command: 'test-camera', address: shed?.address ?? '', ...LOGIN });
      if (tested.answer?.kind !== 'tested') throw new Error(tested.error?.message);
      const [seen] = tested.answer.cameras;
      expect([seen?.name, seen?.verdict]).toEqual(['Shed', 'good']);
      const { revision } = await list();
      const added = await ask({ command: 'add-camera', draft: seen?.draft ?? '', name: 'Shed', revision });
      expect(added.answer).toMatchObject({
        cameras: [{}, {}, { id: 'shed', place: `127.0.0.1:${camera.port}` }],
      });
      expect(loadConfig(file).cameras[2]?.source).toMatchObject({ onvifId: 'urn:uuid:Shed' });
    });

    it('tests it with a picture and a verdict, adds it, and tells its password to nobody', async () => {
      const camera = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
      onTestFinished(() => camera.stop());
      const url = `rtsp://127.0.0.1:${camera.port}/whole`;
      const onvif = await startLyingCamera('open', url);
      onTestFinished(() => onvif.stop());
      const { client, ask, list } = await browser('--cameras');

      const wrong = await ask({ command: 'test-camera', address: url, username: 'viewer', password: 'no' });
      expect(wrong.answer).toMatchObject({ kind: 'tested', cameras: [{ verdict: 'bad' }] });
      expect(JSON.stringify(wrong.answer)).toContain('refuses the user or password');

      const tested = await ask({ command: 'test-camera', address: url, ...LOGIN });
      if (tested.answer?.kind !== 'tested') throw new Error(tested.error?.message);
      const [seen] = tested.answer.cameras;
      expect(seen).toMatchObject({
        verdict: 'good',
        name: '127.0.0.1',
        cost: 'Passed on as it is: it costs this host next to nothing.',
      });
      expect(seen?.findings.map(({ what }) => what)).toContainEqual(
        expect.stringMatching(/^sends H\.264, 320x240, a keyframe every 1\.0 s$/),
      );
      const jpeg = Buffer.from(seen?.picture ?? '', 'base64');
      expect([jpeg.subarray(0, 2).toString('hex'), jpeg.subarray(-2).toString('hex')]).toEqual([
        'ffd8',
        'ffd9',
      ]);

      const added = await ask({
        command: 'add-camera',
        draft: seen?.draft ?? '',
        name: 'Front door',
        revision: (await list()).revision,
      });
      expect(added.answer).toMatchObject({
        cameras: [{ id: 'gate' }, { id: 'yard' }, { id: 'front-door', name: 'Front door', source: 'rtsp' }],
      });
      expect(loadConfig(file).cameras[2]?.source).toEqual({ type: 'rtsp', url, ...LOGIN });
      expect(comments(read())).toEqual(expect.arrayContaining(comments(TEXT)));
      const live = () =>
        client
          .messages()
          .some(
            (each) =>
              each.type === 'camera' && each.camera.id === 'front-door' && each.camera.state === 'live',
          );
      await client.until(live);
      const twice = await ask({ command: 'test-camera', address: new URL(onvif.url).host, ...LOGIN });
      expect(twice.error).toMatchObject({ field: 'address', message: expect.stringContaining('already') });

      relay.process.kill('SIGINT');
      const { stdout, stderr } = await relay.ended;
      expect(client.frames.join('') + stdout + stderr).not.toContain(LOGIN.password);
      expect(stderr).toMatch(/a browser added \\"Front door\\"/);
    });
  },
);
