/** A camera that somebody names: found out what it is, and looked at, before it is added. Nothing is written. */

import type { TestedCamera } from '../../src/wire/camera-commands.ts';
import type { Timers } from '../../src/wire/ports.ts';
import { addressKey } from '../config/streams.ts';
import type { Login } from '../discovery/onvif-asking.ts';
import { askCamera } from '../discovery/onvif-camera.ts';
import { cameraAt, type NamedCamera, problemOf, titleOf, withAnswer } from '../discovery/seen-camera.ts';
import type { Finding } from '../doctor/finding.ts';
import { type Draft, draftAt, draftsOf, onlyNew, withLogin } from '../setup/draft.ts';
import { type Look, type LookMeans, lookAtDraft } from './look.ts';
import { badValue, fitting } from './refusal.ts';

export interface Asked {
  readonly address: string;
  /** Of the camera's smaller stream; empty or absent: none, or as ONVIF tells. */
  readonly substream?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface CameraTestDeps {
  readonly timers: Timers;
  readonly means: LookMeans;
  /** Addresses of the main streams that the configuration has. */
  readonly known: readonly string[];
  /** What the search found at an address. */
  readonly found: (address: string) => NamedCamera | undefined;
}

export interface CameraTest {
  readonly looks: readonly Look[];
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/** A recorder has a stream for each of its cameras; each look is a process. */
const MAX_LOOKS = 8;
const STREAM = /^rtsps?:/;

/** @throws Refusal that names the parameter which is wrong */
export async function testCamera(asked: Asked, deps: CameraTestDeps): Promise<CameraTest> {
  const address = addressOf(asked.address);
  const substream = addressOf(asked.substream ?? '');
  const login = loginOf(asked);
  const all = STREAM.test(address)
    ? [withSubstream(streamDraft(address, login), substream)]
    : await cameraDrafts(address, login, deps);
  const { drafts, left } = onlyNew(all.map(withoutEmpty), deps.known);
  const [first] = left;
  if (drafts.length === 0 && first !== undefined)
    throw badValue('address', 'This camera stands in the configuration already.');
  const looks = await Promise.all(drafts.slice(0, MAX_LOOKS).map((draft) => lookAtDraft(draft, deps.means)));
  const more =
    drafts.length > MAX_LOOKS
      ? [`It has ${drafts.length} cameras; these are the first ${MAX_LOOKS}. Add them, then test it again.`]
      : [];
  return { looks, notes: [...left, ...more] };
}

/** As it was typed, but for blanks around it and the case of its scheme. */
const addressOf = (typed: string): string => typed.trim().replace(/^\w+:/, (scheme) => scheme.toLowerCase());

function withSubstream(draft: Draft, substream: string): Draft {
  if (substream === '') return draft;
  streamUrl('substream', substream);
  if (addressKey(substream) === addressKey(draft.source.url))
    throw badValue('substream', 'This is the main stream: write the address of the smaller one, or nothing.');
  return { ...draft, source: { ...draft.source, substreams: [{ url: substream }] } };
}

function loginOf({ username = '', password = '' }: Asked): Login | undefined {
  if (username.trim() !== '') return { username: username.trim(), password };
  if (password === '') return undefined;
  throw badValue('username', 'Type the user that the password belongs to.');
}

/** @throws Refusal when it is none */
function streamUrl(field: 'address' | 'substream', address: string): URL {
  const url =
    STREAM.test(address) && URL.canParse(address) && !/\s/.test(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '')
    throw badValue(field, 'This is no address of a stream. Write it as in rtsp://192.168.1.20:554/stream1.');
  if (url.hash !== '') throw badValue(field, 'The address must not hold “#”: write %23 in its place.');
  return url;
}

function streamDraft(address: string, login: Login | undefined): Draft {
  const url = streamUrl('address', address);
  if (url.username !== '' && login !== undefined)
    throw badValue('username', 'The address holds a user already: remove one of the two.');
  const draft = draftAt(address, undefined);
  return login === undefined ? draft : withLogin(draft, login);
}

/** The configuration has no empty passwords. */
function withoutEmpty(draft: Draft): Draft {
  const { password, ...source } = draft.source;
  return password === '' ? { ...draft, source } : draft;
}

async function cameraDrafts(
  address: string,
  login: Login | undefined,
  { timers, found }: CameraTestDeps,
): Promise<readonly Draft[]> {
  const named = address === '' ? undefined : (found(address) ?? cameraAt(address));
  if (named === undefined) {
    throw badValue(
      'address',
      'This is no address of a camera. Write its IP address or name, as in 192.168.1.20, or its stream, as in rtsp://192.168.1.20:554/stream1.',
    );
  }
  const camera = withAnswer(named, await askCamera(named.url, login, timers));
  const problem = problemOf(camera);
  if (problem === undefined) return draftsOf(camera, login);
  const { kind } = camera.answer;
  const field = kind === 'locked' ? 'username' : kind === 'refused' ? 'password' : 'address';
  throw badValue(field, fitting(`${titleOf(camera)}: ${problem}`));
}

/** What the browser is shown of a look; nothing of it holds a credential, or the address of a stream. */
export function shownLook({ findings, main, gone, cost, taken }: Look, draft: string): TestedCamera {
  const fine = findings.every(({ level }) => level === 'ok');
  const picture = main?.picture;
  return {
    draft,
    name: fitting(taken.name),
    verdict: gone || main === undefined ? 'bad' : fine ? 'good' : 'fair',
    findings: findings.map(shownFinding),
    cost,
    ...(picture === undefined ? {} : { picture: Buffer.from(picture).toString('base64') }),
  };
}

const shownFinding = ({ level, where, what, fix }: Finding): Finding => ({
  level,
  where: fitting(where),
  what: fitting(what),
  fix: fitting(fix),
});
