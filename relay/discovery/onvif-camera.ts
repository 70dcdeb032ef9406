/**
 * Asks one camera over ONVIF what it is and which streams it has, and tries a password once: many cameras lock the
 * account after a few wrong ones. So it is first asked without any, which tells how it wants to be asked.
 */
import type { Cam } from 'onvif';
import * as v from 'valibot';
import type { Timers } from '../../src/wire/ports.ts';
import type { CameraStream } from './choose-streams.ts';
import { Asking, boundedAgent, type Login, REFUSED } from './onvif-asking.ts';
import { shownName } from './probe-message.ts';

export type OnvifAnswer =
  | {
      readonly kind: 'streams';
      /** Maker and model; undefined when it does not say. */
      readonly model: string | undefined;
      readonly streams: readonly CameraStream[];
      /** It tells without a password. */
      readonly open: boolean;
    }
  /** It wants a user and password, and was not given any. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'refused' }
  /** `why` is half a sentence. */
  | { readonly kind: 'failed'; readonly why: string };

/** One answer. */
const REPLY_MS = 4_000;
/** All of them: a camera has about ten profiles at most. */
const LIMIT_MS = 20_000;
const MAX_PROFILES = 32;

/**
 * Never rejects.
 * @param url of its device service
 * @param login tried once, and only where the camera wants one
 */
export async function askCamera(url: string, login: Login | undefined, timers: Timers): Promise<OnvifAnswer> {
  const { Cam: Camera } = await import('onvif');
  const address = new URL(url);
  const secure = address.protocol === 'https:';
  const agent = boundedAgent(secure);
  const camera = new Camera({
    hostname: address.hostname.replace(/^\[|\]$/g, ''),
    port: Number(address.port) || (secure ? 443 : 80),
    path: address.pathname,
    useSecure: secure,
    // Cameras have certificates of their own making.
    secureOpts: { rejectUnauthorized: false },
    timeout: REPLY_MS,
    autoconnect: false,
    // Some tell the address of another network, or one they had before.
    preserveAddress: true,
    agent,
  });
  let cancel = (): void => undefined;
  const late = new Promise<OnvifAnswer>((resolve) => {
    cancel = timers.after(LIMIT_MS, () => resolve(failed(new Error('Network timeout'))));
  });
  try {
    return await Promise.race([late, converse(camera, address, login).catch(failed)]);
  } finally {
    cancel();
    agent.destroy();
  }
}

async function converse(camera: Cam, address: URL, login: Login | undefined): Promise<OnvifAnswer> {
  const asking = new Asking(camera);
  await asking.reach();
  const shown = await read(asking, address);
  if (shown !== undefined) return { kind: 'streams', ...shown, open: true };
  if (login === undefined) return { kind: 'locked' };
  asking.logIn(login);
  // One request with the password, and others only when that is answered.
  const info = await asking.call((done) => camera.getDeviceInformation(done));
  if (info === REFUSED) return { kind: 'refused' };
  if (camera.uri === undefined) await asking.reach();
  const streams = await read(asking, address, info);
  return streams === undefined ? { kind: 'refused' } : { kind: 'streams', ...streams, open: false };
}

const infoSchema = v.object({
  manufacturer: v.optional(v.union([v.string(), v.number()])),
  model: v.optional(v.union([v.string(), v.number()])),
});
const count = v.fallback(v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100_000))), undefined);
const word = v.fallback(
  v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String))),
  undefined,
);
const profileSchema = v.object({
  $: v.object({ token: v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(200)) }),
  name: word,
  videoSourceConfiguration: v.fallback(v.optional(v.object({ sourceToken: word })), undefined),
  videoEncoderConfiguration: v.fallback(
    v.optional(
      v.object({
        encoding: word,
        resolution: v.fallback(v.optional(v.object({ width: count, height: count })), undefined),
        rateControl: v.fallback(v.optional(v.object({ frameRateLimit: count })), undefined),
        /** Profile S. */
        H264: v.fallback(v.optional(v.object({ govLength: count })), undefined),
        /** Profile T. */
        $: v.fallback(
          v.optional(v.object({ GovLength: v.optional(v.pipe(v.string(), v.transform(Number))) })),
          undefined,
        ),
      }),
    ),
    undefined,
  ),
});
type Profile = v.InferOutput<typeof profileSchema>;
const uriSchema = v.object({ uri: v.pipe(v.string(), v.maxLength(1000)) });

/**
 * @param known answer to GetDeviceInformation, when that was asked already
 * @returns undefined when it refuses to tell
 */
async function read(
  asking: Asking,
  address: URL,
  known?: unknown,
): Promise<{ model: string | undefined; streams: readonly CameraStream[] } | undefined> {
  const { camera } = asking;
  const profiles = await asking.call((done) => camera.getProfiles(done));
  if (profiles === REFUSED) return undefined;
  const streams: CameraStream[] = [];
  for (const each of v.parse(v.array(v.unknown()), profiles).slice(0, MAX_PROFILES)) {
    const profile = v.safeParse(profileSchema, each);
    if (!profile.success || profile.output.videoEncoderConfiguration === undefined) continue;
    const profileToken = profile.output.$.token;
    const answer = await asking.call((done) => camera.getStreamUri({ protocol: 'RTSP', profileToken }, done));
    if (answer === REFUSED) return undefined;
    const uri = v.safeParse(uriSchema, answer);
    const url = uri.success ? streamUrl(uri.output.uri, address) : undefined;
    if (url !== undefined) streams.push(streamOf(profile.output, url));
  }
  const info =
    known ?? (await asking.call((done) => camera.getDeviceInformation(done)).catch(() => undefined));
  return { model: modelOf(info), streams };
}

function streamOf(
  { $: { token }, name, videoSourceConfiguration: lens, videoEncoderConfiguration: encoder }: Profile,
  url: string,
): CameraStream {
  const { width, height } = encoder?.resolution ?? {};
  return {
    name: shownName(name ?? token) ?? token,
    url,
    codec: encoder?.encoding === undefined ? undefined : shownName(encoder.encoding)?.toUpperCase(),
    size: width === undefined || height === undefined ? undefined : { width, height },
    fps: encoder?.rateControl?.frameRateLimit,
    gop: encoder?.H264?.govLength ?? encoder?.$?.GovLength,
    lens: lens?.sourceToken,
  };
}

/**
 * The address of a stream as it is of use here: without a user, and at the camera where it says "this host"; undefined
 * when it is none.
 */
export function streamUrl(uri: string, camera: URL): string | undefined {
  if (!URL.canParse(uri) || /\s/.test(uri)) return undefined;
  const url = new URL(uri);
  if (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:') return undefined;
  url.username = '';
  url.password = '';
  if (/^(localhost|127\..*|0\.0\.0\.0|\[::1?\]|)$/.test(url.hostname)) url.hostname = camera.hostname;
  return url.href;
}

function modelOf(info: unknown): string | undefined {
  const known = v.safeParse(infoSchema, info);
  if (!known.success) return undefined;
  const { manufacturer = '', model = '' } = known.output;
  // Many makers put their name into the model as well.
  const repeated = String(model).toLowerCase().startsWith(String(manufacturer).toLowerCase());
  return shownName(repeated ? String(model) : `${manufacturer} ${model}`);
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nothing listens there'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it on the network'],
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not known'],
  [/ECONNRESET|EPIPE|hang up/, 'it closes the connection'],
  [/timeout|ETIMEDOUT/i, 'it does not answer in time'],
];

function failed(error: unknown): OnvifAnswer {
  const said =
    error instanceof Error ? `${'code' in error ? error.code : ''} ${error.message}` : String(error);
  const why = REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? 'it does not answer as an ONVIF camera';
  return { kind: 'failed', why };
}
