/**
 * Changes the relay's cameras for browsers that may: each change goes into the configuration file, as `lockstep init`
 * writes it, and is then read by the relay as `lockstep reload` has it read. What the commands say is
 * src/wire/camera-commands.ts; who may is judged by relay/edge/commands.ts.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { basename } from 'node:path';
import type { FoundCameras, ListedCameras, TestedCameras } from '../../src/wire/camera-commands.ts';
import type { Clock } from '../../src/wire/ports.ts';
import { loadConfig } from '../config/load.ts';
import type { CameraConfig, Config } from '../config/schema.ts';
import { NONE_FOUND, noneFound, searchCameras } from '../discovery/search.ts';
import { type NamedCamera, placeOf, titleOf } from '../discovery/seen-camera.ts';
import type { CameraCommand, CommandReply, ManageCameras } from '../edge/commands.ts';
import type { Log } from '../log.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { onlyNew } from '../setup/draft.ts';
import { ChangedMeanwhile, changeConfig, notWritable } from '../setup/write-config.ts';
import { withName, withOffset, withOrder, withoutCamera } from '../setup/yaml-cameras.ts';
import { withCameras } from '../setup/yaml-text.ts';
import { type Asked, shownLook, testCamera } from './camera-test.ts';
import { KeptDrafts } from './kept-drafts.ts';
import { badValue, fitting, GIVE_RIGHTS, Refusal, refusalOf } from './refusal.ts';

export interface CameraDeskDeps {
  /** The configuration, as it was named to the relay. */
  readonly file: string;
  /** Has the relay read it again. @returns why that failed, as a sentence; undefined when it did not */
  readonly reload: () => Promise<string | undefined>;
  readonly run: ShortRunDeps;
  readonly interfaces: () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly random: (count: number) => Uint8Array;
  readonly log: Log;
}

const MAX_NAME = 80;

export function createCameraDesk(deps: CameraDeskDeps): ManageCameras {
  const desk = new CameraDesk(deps);
  return async (command, client) => {
    try {
      return await desk.run(command, client);
    } catch (error) {
      return refusalOf(error, basename(deps.file));
    }
  };
}

class CameraDesk {
  readonly #deps: CameraDeskDeps;
  readonly #drafts: KeptDrafts;
  #found: readonly NamedCamera[] = [];
  #busy = false;
  /** Revision that was written here last: what a person wrote is kept beside it, our own steps are not. */
  #ours: string | undefined;

  constructor(deps: CameraDeskDeps) {
    this.#deps = deps;
    this.#drafts = new KeptDrafts(deps);
  }

  /** @throws Refusal, and what {@link refusalOf} knows */
  run(command: CameraCommand, client: string): CommandReply | Promise<CommandReply> {
    switch (command.command) {
      case 'list-cameras':
        return this.#list();
      case 'rename-camera': {
        const { camera, revision } = command;
        const name = nameOf(command.name);
        return this.#change(client, `named "${camera}"`, revision, (text, config) => {
          needed(config, camera);
          return withName(text, camera, name);
        });
      }
      case 'order-cameras':
        return this.#change(client, 'ordered them', command.revision, (text) =>
          withOrder(text, command.order),
        );
      case 'remove-camera':
        return this.#change(client, `removed "${command.camera}"`, command.revision, (text, config) => {
          needed(config, command.camera);
          if (config.cameras.length === 1)
            throw badValue(
              'camera',
              'A relay needs one camera at least: add another one before you remove this.',
            );
          return withoutCamera(text, command.camera);
        });
      case 'set-offsets': {
        const { offsets, revision } = command;
        const what = `set the capture delay of ${offsets.map(({ camera }) => `"${camera}"`).join(', ')}`;
        return this.#change(client, what, revision, (text, config) =>
          offsets.reduce((before, { camera, offsetMs }) => {
            needed(config, camera);
            return withOffset(before, camera, offsetMs);
          }, text),
        );
      }
      case 'find-cameras':
        return this.#alone(() => this.#find());
      case 'test-camera':
        return this.#alone(() => this.#test(command));
      case 'add-camera':
        return this.#add(command.draft, command.name, command.revision, client);
    }
  }

  #list(): ListedCameras {
    const { file } = this.#deps;
    // Before the file is read as a configuration: written in between, the revision is the older one, and changes nothing.
    const revision = revisionOf(readFileSync(file, 'utf8'));
    const why = notWritable(file);
    return {
      kind: 'cameras',
      revision,
      ...(why === undefined
        ? {}
        : { locked: fitting(`The relay cannot write its configuration: ${why}. ${GIVE_RIGHTS}`) }),
      cameras: loadConfig(file).cameras.map(({ id, name, source }) => ({
        id,
        name: name ?? id,
        source: source.type,
        place: fitting(sourcePlace(source)),
      })),
    };
  }

  /** @param what was done, for the log */
  async #change(
    client: string,
    what: string,
    revision: string,
    edit: (text: string, config: Config) => string,
  ): Promise<CommandReply> {
    const { file, wallClock, log, reload } = this.#deps;
    const why = notWritable(file);
    if (why !== undefined) {
      throw new Refusal({
        code: 'configuration',
        message: fitting(`${basename(file)} cannot be written: ${why}. ${GIVE_RIGHTS}`),
      });
    }
    const change = (text: string | undefined): string => {
      if (text === undefined || revisionOf(text) !== revision) throw new ChangedMeanwhile(file);
      return edit(text, loadConfig(file));
    };
    const isHandwritten = (text: string): boolean => revisionOf(text) !== this.#ours;
    const { backup } = changeConfig(file, change, wallClock.now(), isHandwritten);
    this.#ours = revisionOf(readFileSync(file, 'utf8'));
    log.info({ area: 'cameras', client, ...(backup === undefined ? {} : { backup }) }, `a browser ${what}`);
    const failed = await reload();
    if (failed !== undefined) {
      throw new Refusal({
        code: 'internal',
        message: fitting(`It is written, but the relay did not take it over: ${failed}`),
      });
    }
    return this.#list();
  }

  #add(name: string, title: string, revision: string, client: string): Promise<CommandReply> {
    const draft = this.#drafts.get(name);
    if (draft === undefined)
      throw badValue('draft', 'The test of this camera is too long ago: test it again, then add it.');
    const named = { ...draft, name: nameOf(title) };
    const done = this.#change(client, `added ${JSON.stringify(named.name)}`, revision, (text, config) => {
      const { drafts } = onlyNew([named], mainStreams(config));
      if (drafts.length === 0) throw badValue('draft', 'This camera stands in the configuration already.');
      return withCameras(text, { drafts, keepTestPictures: true });
    });
    return done.then((reply) => {
      this.#drafts.drop(name);
      return reply;
    });
  }

  async #find(): Promise<FoundCameras> {
    const { run, interfaces, file } = this.#deps;
    const result = await searchCameras({ timers: run.timers, interfaces: interfaces() });
    this.#found = result.cameras;
    const isKnown = knownIn(loadConfig(file));
    const none = noneFound(result);
    return {
      kind: 'found',
      cameras: result.cameras.map((camera) => ({
        name: titleOf(camera),
        ...(camera.model === undefined ? {} : { model: camera.model }),
        address: fitting(placeOf(camera)),
        known: isKnown(camera),
      })),
      ...(none === undefined
        ? {}
        : { note: fitting(`${none.slice(0, 1).toUpperCase()}${none.slice(1)} ${NONE_FOUND}`) }),
    };
  }

  async #test(asked: Asked): Promise<TestedCameras> {
    const { run, file } = this.#deps;
    const config = loadConfig(file);
    const { looks, notes } = await testCamera(asked, {
      timers: run.timers,
      means: { run, ffmpeg: config.ffmpeg ?? 'ffmpeg', pictures: true },
      known: mainStreams(config),
      found: (address) => this.#found.find((camera) => placeOf(camera) === address),
    });
    return {
      kind: 'tested',
      cameras: looks.map((look) => shownLook(look, this.#drafts.keep(look.taken))),
      notes: notes.map(fitting),
    };
  }

  /** Each search and each test takes a process or more: one at a time, for all browsers together. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy)
      throw new Refusal({
        code: 'busy',
        message: 'The relay looks at cameras already, for this or another browser: wait a few seconds.',
      });
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}

const revisionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

function nameOf(typed: string): string {
  const name = typed.trim();
  if (name === '') throw badValue('name', 'Give the camera a name.');
  if (name.length > MAX_NAME) throw badValue('name', `A name has ${MAX_NAME} letters at most.`);
  if (/\p{Cc}/u.test(name)) throw badValue('name', 'A name is one line of text.');
  return name;
}

function needed({ cameras }: Config, id: string): void {
  if (cameras.some((camera) => camera.id === id)) return;
  throw new Refusal({ code: 'unknown-camera', message: `There is no camera "${id}" any more.` });
}

/** By its ONVIF id, wherever it is now; by its host where none was written down. */
export function knownIn({ cameras }: Pick<Config, 'cameras'>): (found: NamedCamera) => boolean {
  const streams = cameras.flatMap(({ source }) => (source.type === 'rtsp' ? [source] : []));
  const ids = new Set(streams.map(({ onvifId }) => onvifId));
  // A recorder has one host for many cameras: those with an id are told apart by it.
  const hosts = new Set(
    streams.filter(({ onvifId }) => onvifId === undefined).map(({ url }) => new URL(url).hostname),
  );
  return ({ id, url }) => (id !== undefined && ids.has(id)) || hosts.has(new URL(url).hostname);
}

const mainStreams = ({ cameras }: Config): string[] =>
  cameras.flatMap(({ source }) => (source.type === 'rtsp' ? [source.url] : []));

/** Of an address only host and port: some cameras take their password in the path. */
function sourcePlace(source: CameraConfig['source']): string {
  switch (source.type) {
    case 'rtsp':
      return new URL(source.url).host;
    case 'v4l2':
      return source.device;
    case 'file':
      return basename(source.path);
    case 'test':
      return '';
  }
}
