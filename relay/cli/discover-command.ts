/** `lockstep discover`: which cameras are there, and with a password which streams they have. Changes nothing. */
import type { CameraStream } from '../discovery/choose-streams.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import {
  placeOf,
  problemOf,
  type SeenCamera,
  sharedAddresses,
  titleOf,
  withAnswer,
} from '../discovery/seen-camera.ts';
import { sizeText } from '../source/sizes.ts';
import { askAll, findCameras } from './camera-search.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode, table } from './output.ts';
import { givenPassword, noPassword, type PasswordOptions } from './password.ts';
import { answered, loadPrompts } from './prompts.ts';

export interface DiscoverOptions extends PasswordOptions {
  readonly address?: readonly string[];
  readonly json?: boolean;
}

/** @throws CliError, Cancelled */
export async function discover(context: CliContext, options: DiscoverOptions): Promise<ExitCode> {
  const { user, address = [], json = false } = options;
  const given = await givenPassword(context, options);
  if (user !== undefined && given === undefined && !context.interactive) throw noPassword(user);
  const found = await findCameras(context, address);
  const password = user === undefined ? undefined : (given ?? (await ask(context, `Password of ${user}`)));
  const login = user === undefined || password === undefined ? undefined : { username: user, password };
  let cameras = await askAll(context, found, login);
  if (user !== undefined && context.interactive) cameras = await askAgain(context, cameras, user);
  if (json) context.stdout.write(`${JSON.stringify({ cameras })}\n`);
  else context.stdout.write(cameras.map(text).join(''));
  for (const sentence of sharedAddresses(cameras)) context.stderr.write(`${sentence}\n`);
  return cameras.some(({ answer: { kind } }) => kind === 'failed' || kind === 'refused')
    ? EXIT.failure
    : EXIT.ok;
}

/** Those that refused: once more with another password, for each that is typed. */
async function askAgain(
  context: CliContext,
  cameras: readonly SeenCamera[],
  user: string,
): Promise<readonly SeenCamera[]> {
  const answers: SeenCamera[] = [];
  for (let camera of cameras) {
    while (camera.answer.kind === 'refused') {
      context.stderr.write(`${titleOf(camera)} (${placeOf(camera)}): ${problemOf(camera)}\n`);
      const password = await ask(context, `Its password of ${user} (nothing: leave it out)`);
      if (password === '') break;
      camera = withAnswer(camera, await askCamera(camera.url, { username: user, password }, context.timers));
    }
    answers.push(camera);
  }
  return answers;
}

async function ask({ stdin: input, stderr: output }: CliContext, message: string): Promise<string> {
  const { password } = await loadPrompts();
  // Results may go to a file: questions must not.
  return (await answered(password({ message, input, output }))) ?? '';
}

function text(camera: SeenCamera): string {
  const { answer, model, id } = camera;
  const head = new Set([titleOf(camera), model ?? '', placeOf(camera), id ?? '']);
  const problem = problemOf(camera);
  const streams = answer.kind === 'streams' ? table(answer.streams.map(row)) : '';
  const below = `${problem === undefined ? '' : `${problem}\n`}${streams}`;
  return `${[...head].filter((word) => word !== '').join('  ')}\n${below.replace(/^(?=.)/gm, '  ')}`;
}

const row = ({ name, codec, size, fps, gop, url }: CameraStream): readonly string[] => [
  name,
  codec ?? '-',
  size === undefined ? '-' : sizeText(size),
  fps === undefined ? '-' : `${fps} fps`,
  gop === undefined ? '-' : `keyframe every ${gop}`,
  url,
];
