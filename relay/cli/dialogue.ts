/** What `lockstep init` asks and says: on a terminal by @clack/prompts, or without one by what the command was given. */
import type { Login } from '../discovery/onvif-asking.ts';
import { type NamedCamera, placeOf, titleOf } from '../discovery/seen-camera.ts';
import type { CliContext } from './context.ts';
import { answered, type Clack } from './prompts.ts';

export type Listen = 'here' | 'lan';
export type Start = 'now' | 'service' | 'later';

/** Each question may reject with Cancelled. */
export interface Dialogue {
  say(text: string): void;
  warn(text: string): void;
  /** Shows that something takes its time. */
  busy<T>(what: string, work: Promise<T>): Promise<T>;
  /** Which of those that were found; `more`: others are named by hand. */
  choose(
    found: readonly NamedCamera[],
  ): Promise<{ readonly chosen: readonly NamedCamera[]; readonly more: boolean }>;
  /** One more camera: the address of its stream, or its own; undefined: none. */
  address(): Promise<string | undefined>;
  /**
   * @param of the camera that wants it; undefined: for all
   * @param refused what that camera was told before
   * @returns undefined: none
   */
  login(of: string | undefined, refused?: Login): Promise<Login | undefined>;
  /** Whether a camera is taken though it could not be seen. */
  keep(name: string): Promise<boolean>;
  listen(): Promise<Listen>;
  /** @param service whether it can be one of this user */
  start(service: boolean): Promise<Start>;
}

/** What a person need not be asked. */
export interface Given {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly listen: Listen | undefined;
}

const BY_HAND = 'by-hand';

export function createDialogue(clack: Clack, context: CliContext, given: Given): Dialogue {
  const { stdin: input, stderr: output } = context;
  const on = { input, output };
  let example = given.user ?? 'admin';
  return {
    say: (text) => clack.log.message(text, { output }),
    warn: (text) => clack.log.warn(text, { output }),
    async busy(what, work) {
      const spinner = clack.spinner({ output });
      spinner.start(what);
      try {
        return await work;
      } finally {
        spinner.stop(what);
      }
    },
    async choose(found) {
      const picked = await answered(
        clack.multiselect<string>({
          ...on,
          message: 'Which cameras? (blank: yes or no, Enter: go on)',
          options: [
            ...found.map((camera) => ({
              value: camera.url,
              label: titleOf(camera),
              hint: [camera.model ?? '', placeOf(camera)].filter((word) => word !== '').join(', '),
            })),
            { value: BY_HAND, label: 'another one, by its address' },
          ],
          initialValues: found.map(({ url }) => url),
        }),
      );
      return { chosen: found.filter(({ url }) => picked.includes(url)), more: picked.includes(BY_HAND) };
    },
    async address() {
      const text = await answered(
        clack.text({ ...on, message: 'Address of a camera, rtsp://… or its IP address (nothing: no more)' }),
      );
      return (text ?? '').trim() === '' ? undefined : text.trim();
    },
    async login(of, refused) {
      const known = loginOf(given);
      if (refused === undefined && known !== undefined) return known;
      const whose = of === undefined ? 'of the cameras' : `of ${of}`;
      const { askLogin } = await import('./login-prompt.ts');
      const login = await askLogin(context, {
        message: `User and password ${whose}, as in ${example}:password (nothing: none)`,
        initial: given.user === undefined ? '' : `${given.user}:`,
      });
      example = login?.username ?? example;
      return login;
    },
    keep: (name) =>
      answered(clack.confirm({ ...on, message: `Take ${name} all the same?`, initialValue: false })),
    async listen() {
      if (given.listen !== undefined) return given.listen;
      return answered(
        clack.select<Listen>({
          ...on,
          message: 'Where will you watch?',
          options: [
            { value: 'here', label: 'only on this computer' },
            { value: 'lan', label: 'on my home network', hint: 'not encrypted: whoever is in it can listen' },
          ],
        }),
      );
    },
    start: (service) =>
      answered(
        clack.select<Start>({
          ...on,
          message: 'Start the relay?',
          options: [
            ...(service
              ? [{ value: 'service' as const, label: 'as a service, now and with each login' }]
              : []),
            { value: 'now', label: 'now, in this terminal' },
            { value: 'later', label: 'later' },
          ],
        }),
      ),
  };
}

/** For scripts: asks nothing. */
export function scriptedDialogue({ stderr }: CliContext, given: Given): Dialogue {
  const { listen = 'here' } = given;
  const line = (text: string): void => void stderr.write(`${text}\n`);
  return {
    say: line,
    warn: line,
    busy: (_what, work) => work,
    choose: async (found) => ({ chosen: found, more: false }),
    address: async () => undefined,
    login: async (_of, refused) => (refused === undefined ? loginOf(given) : undefined),
    keep: async () => false,
    listen: async () => listen,
    start: async () => 'later',
  };
}

const loginOf = ({ user, password }: Given): Login | undefined =>
  user === undefined || password === undefined ? undefined : { username: user, password };
