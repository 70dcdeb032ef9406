/** The cameras for `lockstep init`: found or named, asked, and looked at. */
import type { Login } from '../discovery/onvif-asking.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import { NONE_FOUND } from '../discovery/search.ts';
import {
  type NamedCamera,
  problemOf,
  type SeenCamera,
  sharedAddresses,
  titleOf,
  withAnswer,
} from '../discovery/seen-camera.ts';
import { STILL } from '../doctor/stream-look.ts';
import { isOpen, type Look, type LookMeans, lookAtDraft } from '../manage/look.ts';
import { type Draft, draftAt, draftsOf, onlyNew, withLogin } from '../setup/draft.ts';
import { stillText } from '../setup/still.ts';
import { askAll, cameraNamed, searched } from './camera-search.ts';
import { type CliContext, programsOf } from './context.ts';
import type { Dialogue } from './dialogue.ts';
import { CliError, findingsText } from './output.ts';

export interface CameraWishes {
  /** As in `--camera`: the address of a stream or of a camera, with `name=` before it or without. None: search. */
  readonly named: readonly string[];
  /** Addresses of the main streams that the configuration has already. */
  readonly known: readonly string[];
  readonly ffmpeg: string;
  /** Whether the terminal shows 24-bit colours. */
  readonly stills: boolean;
}

/** Cameras to ask, and streams that were named. */
interface Wished {
  readonly cameras: readonly NamedCamera[];
  readonly streams: readonly Draft[];
}

/**
 * @returns none when all of them stand in the configuration already
 * @throws CliError when none is left for another reason, Cancelled
 */
export async function initCameras(
  context: CliContext,
  dialogue: Dialogue,
  wishes: CameraWishes,
): Promise<readonly Draft[]> {
  const { named, known } = wishes;
  const wished = named.length > 0 ? wishedOf(named) : await chosen(context, dialogue);
  for (const sentence of sharedAddresses(wished.cameras)) dialogue.warn(sentence);
  const { drafts, left } = onlyNew(await logIn(context, dialogue, wished), known);
  for (const sentence of left) dialogue.warn(sentence);
  if (drafts.length === 0 && left.length > 0) return [];
  const kept = await lookAtAll(context, dialogue, drafts, wishes);
  if (kept.length > 0) return kept;
  throw new CliError(
    'there is no camera to write down.',
    'See above what is wrong with each; `lockstep discover` looks again without changing anything.',
  );
}

const STREAM = /^rtsps?:\/\//;

/** @throws CliError for an address that is none */
function wishedOf(texts: readonly string[]): Wished {
  const wishes = texts.map((text) => {
    const [, name, address = text] = /^([^=/:]+)=(.*)$/s.exec(text) ?? [];
    return { name, address };
  });
  return {
    cameras: wishes
      .filter(({ address }) => !STREAM.test(address))
      .map(({ name, address }) => ({ ...cameraNamed(address), name })),
    streams: wishes
      .filter(({ address }) => STREAM.test(address))
      .map(({ name, address }) => {
        if (URL.canParse(address) && new URL(address).hostname !== '') return draftAt(address, name);
        throw new CliError(
          'a camera’s stream has an address that is none.',
          'Write it as in rtsp://192.168.1.20:554/stream1, in quotes: docs/cameras.md.',
        );
      }),
  };
}

async function chosen(context: CliContext, dialogue: Dialogue): Promise<Wished> {
  const found = await dialogue.busy('Looking for cameras in the network', searched(context));
  if (typeof found === 'string')
    dialogue.warn(`${found.slice(0, 1).toUpperCase()}${found.slice(1)} ${NONE_FOUND}`);
  const { chosen: cameras, more } =
    typeof found === 'string' ? { chosen: [], more: true } : await dialogue.choose(found);
  const texts: string[] = [];
  while (more) {
    const text = await dialogue.address();
    if (text === undefined) break;
    try {
      wishedOf([text]);
      texts.push(text);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      dialogue.warn(`${error.message} ${error.fix}`);
    }
  }
  const named = wishedOf(texts);
  return { cameras: [...cameras, ...named.cameras], streams: named.streams };
}

/** One user and password for all that want one; then, for each that refuses, another one. */
async function logIn(
  context: CliContext,
  dialogue: Dialogue,
  { cameras, streams }: Wished,
): Promise<readonly Draft[]> {
  const first = await dialogue.busy(
    'Asking the cameras for their streams',
    askAll(context, cameras, undefined),
  );
  const locked = first.some(({ answer }) => answer.kind === 'locked');
  const open = streams.some(({ source }) => new URL(source.url).username === '');
  const login = locked || open ? await dialogue.login(undefined) : undefined;
  const drafts: Draft[] = [];
  for (const camera of first) drafts.push(...(await logInTo(context, dialogue, camera, login)));
  return [...drafts, ...streams.map((draft) => (login === undefined ? draft : withLogin(draft, login)))];
}

async function logInTo(
  context: CliContext,
  dialogue: Dialogue,
  first: SeenCamera,
  shared: Login | undefined,
): Promise<readonly Draft[]> {
  let [camera, login] = [first, shared];
  while (camera.answer.kind === 'locked' || camera.answer.kind === 'refused') {
    if (camera.answer.kind === 'refused') {
      dialogue.warn(`${titleOf(camera)}: ${problemOf(camera)}`);
      login = await dialogue.login(titleOf(camera), login);
    }
    if (login === undefined) break;
    camera = withAnswer(camera, await askCamera(camera.url, login, context.timers));
  }
  const problem = problemOf(camera);
  if (problem !== undefined) dialogue.warn(`${titleOf(camera)} is left out. ${problem}`);
  return draftsOf(camera, login);
}

/** @returns those that are kept */
async function lookAtAll(
  context: CliContext,
  dialogue: Dialogue,
  drafts: readonly Draft[],
  { ffmpeg, stills }: CameraWishes,
): Promise<readonly Draft[]> {
  const means = { run: programsOf(context), ffmpeg };
  const kept: Draft[] = [];
  const looks = await dialogue.busy(
    'Looking at the streams',
    Promise.all(drafts.map((draft) => lookAtDraft(draft, means))),
  );
  for (const first of looks) {
    const seen = await lookWithLogin(dialogue, first, means);
    const { name } = seen.taken;
    if (seen.main?.still !== undefined && stills) dialogue.say(stillText(seen.main.still, STILL));
    dialogue.say(`${findingsText(seen.findings)}${seen.cost}`.trimEnd());
    if (seen.gone && !(await dialogue.keep(name))) {
      dialogue.warn(`"${name}" is left out.`);
      continue;
    }
    if (seen.lessSubstreams) dialogue.warn(`"${name}" is taken without the substream that does not answer.`);
    kept.push(seen.taken);
  }
  return kept;
}

/** Once more with a login, where ONVIF tells anyone and the streams do not. */
async function lookWithLogin(dialogue: Dialogue, first: Look, means: LookMeans): Promise<Look> {
  const { taken, gone, findings } = first;
  if (!gone || !isOpen(taken.source)) return first;
  dialogue.warn(`${taken.name}: ${findings[0]?.what}.`);
  const login = await dialogue.login(taken.name);
  if (login === undefined) return first;
  return dialogue.busy('Looking once more', lookAtDraft(withLogin(taken, login), means));
}
