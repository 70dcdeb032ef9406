/** The cameras for `lockstep init`: found or named, asked, and looked at. */
import type { Login } from '../discovery/onvif-asking.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import {
  type NamedCamera,
  problemOf,
  type SeenCamera,
  sharedAddresses,
  titleOf,
  withAnswer,
} from '../discovery/seen-camera.ts';
import { lookAtStreams } from '../doctor/doctor.ts';
import { STILL, type StreamFacts } from '../doctor/stream-look.ts';
import { streamText } from '../doctor/streams.ts';
import {
  costText,
  type Draft,
  draftAt,
  draftsOf,
  onlyNew,
  withLogin,
  withoutSubstreams,
} from '../setup/draft.ts';
import { stillText } from '../setup/still.ts';
import { askAll, cameraAt, NONE_FOUND, searched } from './camera-search.ts';
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
      .map(({ name, address }) => ({ ...cameraAt(address), name })),
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
  const look = ({ name, source }: Draft) => lookAtStreams(source, name, { run: programsOf(context), ffmpeg });
  const kept: Draft[] = [];
  const looks = await dialogue.busy('Looking at the streams', Promise.all(drafts.map(look)));
  for (const [n, first] of drafts.entries()) {
    let [draft, seen] = [first, looks[n]];
    // Its ONVIF tells anyone, its streams do not.
    if (isOpen(draft) && isGone(draft, seen)) {
      dialogue.warn(`${draft.name}: ${seen?.findings[0]?.what}.`);
      const login = await dialogue.login(draft.name);
      if (login !== undefined) {
        draft = withLogin(draft, login);
        seen = await dialogue.busy('Looking once more', look(draft));
      }
    }
    const { findings, facts } = seen ?? { findings: [], facts: new Map<number, StreamFacts>() };
    const main = facts.get(0);
    if (main?.still !== undefined && stills) dialogue.say(stillText(main.still, STILL));
    const cost = main === undefined ? '' : `${costText(main.codec)}\n`;
    dialogue.say(`${findingsText(findings)}${cost}`.trimEnd());
    const taken = { ...draft, seen: [...facts].reduce(described, []) };
    const failed = findings.filter(({ level }) => level === 'fail');
    if (isGone(draft, seen)) {
      if (await dialogue.keep(draft.name)) kept.push(taken);
      else dialogue.warn(`"${draft.name}" is left out.`);
    } else if (failed.length > 0) {
      dialogue.warn(`"${draft.name}" is taken without the substream that does not answer.`);
      kept.push(withoutSubstreams(taken));
    } else kept.push(taken);
  }
  return kept;
}

type Look = Awaited<ReturnType<typeof lookAtStreams>>;

/** Whether it is read without a user. */
const isOpen = ({ source: { url, username } }: Draft): boolean =>
  username === undefined && new URL(url).username === '';

/** Whether its main stream could not be had. */
const isGone = ({ name }: Draft, look: Look | undefined): boolean =>
  look?.findings.some(({ level, where }) => level === 'fail' && where === name) ?? true;

function described(
  texts: (string | undefined)[],
  [n, facts]: readonly [number, StreamFacts],
): (string | undefined)[] {
  texts[n] = streamText(facts);
  return texts;
}
