/**
 * From a few wishes to the complete configuration of a private MediaMTX. Pure. Everything that the wall does not
 * need is switched off by name, because MediaMTX's own defaults open a dozen ports to the network and let anyone
 * publish and read. Only keys that every release since OLDEST_VERSION knows: an unknown key is fatal to it.
 * Writing the file is run.ts, comparing it with what runs is read-back.ts.
 */
import { createHash } from 'node:crypto';
import type { Ports } from './ports.ts';

/** How MediaMTX cuts HLS. These settings are global in it: all cameras share them. */
export interface HlsSettings {
  /** `hlsPartDuration` in ms; MediaMTX lengthens it until it suits the frame duration. */
  readonly partMs: number;
  /** `hlsSegmentDuration` in ms: the shortest segment; it ends with the next keyframe after it. */
  readonly segmentMs: number;
  /** `hlsSegmentCount`: segments kept; low latency needs 7 or more. */
  readonly segmentCount: number;
}

/** The values of the original plan, as they stand in MediaMTX's configuration. */
export const PLAN_HLS: HlsSettings = { partMs: 200, segmentMs: 1000, segmentCount: 10 };

/** A reader that lost its connection for some seconds finds its place again. */
const SEGMENT_COUNT = 10;
/** A minimum of exactly one GOP would be a trap: a keyframe a millisecond early makes a segment of two. */
const SEGMENT_OF_GOP = 0.9;

export interface HlsWish {
  /** Length of parts that viewers should see, in ms. */
  readonly partMs: number;
  /** Frames per second of the cameras; the highest, when they differ. */
  readonly fps: number;
  /** Distance of keyframes in ms; the shortest, when they differ. */
  readonly gopMs: number;
}

export function hlsSettings({ partMs, fps, gopMs }: HlsWish): HlsSettings {
  return {
    partMs: partSetting(partMs, fps),
    segmentMs: Math.round(gopMs * SEGMENT_OF_GOP),
    segmentCount: SEGMENT_COUNT,
  };
}

/**
 * The setting that yields parts of `partMs`. A part is closed with the first frame that reaches the setting, and
 * the setting must be above 85 % of a whole number of frames, or it is raised in steps of 5 ms until it is:
 * measured at 30 fps, 50 and 60 give parts of 67 ms, but 67 gives 100 ms, being a third of a millisecond above
 * two frames. So: a little less than the wanted number of frames. One frame is met exactly or not at all.
 */
function partSetting(partMs: number, fps: number): number {
  const frameMs = 1000 / fps;
  const frames = Math.max(1, Math.round(partMs / frameMs));
  if (frames === 1) return Math.floor(frameMs * 1e6) / 1e6;
  return Math.round(Math.max(0.9 * frames, frames - 0.5) * frameMs * 1000) / 1000;
}

export interface WebrtcSettings {
  /** Host names and addresses offered to viewers besides those of the host's own interfaces. */
  readonly additionalHosts: readonly string[];
  /** Address that media is sent from, as in `127.0.0.1`; all addresses by default. */
  readonly listenHost?: string;
}

/** Other programs of this host, that read under names without the key. */
export interface Readers {
  readonly username: string;
  readonly password: string;
}

/** Random. Made anew for each run of MediaMTX, and never longer-lived than it, but for the first. */
export interface Secrets {
  /** First element of each path: who knows it may publish, from this host. The same while the relay runs. */
  readonly pathKey: string;
  /** Of the user {@link RELAY_USER}, who may use the API and read. */
  readonly password: string;
  /** Of the user {@link INSIDE_USER}: stands in the configuration in the clear, and is good for reading alone. */
  readonly insidePassword: string;
}

export interface SettingsRequest {
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly hls: HlsSettings;
  /** Undefined lets nobody but the relay read, and leaves HLS off. */
  readonly readers: Readers | undefined;
  /** Undefined leaves WebRTC off. */
  readonly webrtc: WebrtcSettings | undefined;
}

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type Settings = { readonly [key: string]: Json };

export interface MediamtxSettings {
  readonly global: Settings;
  readonly pathDefaults: Settings;
  /** By name. */
  readonly paths: { readonly [name: string]: Settings };
}

export const RELAY_USER = 'relay';
/** MediaMTX itself, when it reads what is published for {@link Readers}. */
const INSIDE_USER = 'inside';
const LOOPBACK_NETWORKS = ['127.0.0.1/32', '::1/128'];
/** Camera and rung. */
const STREAM = '[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*';
const READERS_PATTERN = `~^(${STREAM})$`;

/** A duration as Go writes and reads it. */
const goDuration = (ms: number): string => `${ms}ms`;

const local = (port: number): string => `127.0.0.1:${port}`;

export function mediamtxSettings(request: SettingsRequest): MediamtxSettings {
  const { ports, secrets, webrtc } = request;
  return {
    global: {
      logLevel: 'info',
      logDestinations: ['stdout'],
      logStructured: false,
      dumpPackets: false,
      // A publisher that says nothing for this long is dropped. The relay's own watch is faster (5 s).
      readTimeout: '10s',
      writeTimeout: '10s',
      // Packets that wait for a reader; 4K keyframes are hundreds of packets. A power of two.
      writeQueueSize: 2048,
      runOnConnect: '',
      runOnDisconnect: '',

      authMethod: 'internal',
      authInternalUsers: users(request),

      api: true,
      apiAddress: local(ports.api),
      apiEncryption: false,
      // No web page may call it. Loopback alone would not keep pages of this host's browser out.
      apiAllowOrigins: [],
      apiTrustedProxies: [],

      rtsp: true,
      rtspAddress: local(ports.rtsp),
      rtspEncryption: 'no',
      rtspTransports: ['tcp'],
      rtspAuthMethods: ['basic'],

      ...hlsGlobals(request),

      ...webrtcSettings(webrtc, ports),

      metrics: false,
      pprof: false,
      playback: false,
      rtmp: false,
      srt: false,
      moq: false,
    },
    pathDefaults: {
      source: 'publisher',
      // An encoder is dead before its successor starts, and the kernel closes its connection with it; a publisher that
      // comes again closed its old connection first. There is never one to push aside, but by a stranger.
      overridePublisher: false,
      alwaysAvailable: false,
      record: false,
      // Pictures are dated by their arrival on this host: one clock for all cameras.
      useAbsoluteTimestamp: false,
      runOnInit: '',
      runOnDemand: '',
      runOnUnDemand: '',
      runOnRead: '',
      runOnUnread: '',
    },
    paths: { [pathPattern(secrets.pathKey)]: {}, ...readersPath(request) },
  };
}

/** The file's text: MediaMTX reads JSON as well as YAML. */
export function settingsFile({ global, pathDefaults, paths }: MediamtxSettings): string {
  return `${JSON.stringify({ ...global, pathDefaults, paths }, undefined, 2)}\n`;
}

function users({ secrets, readers }: SettingsRequest): Json {
  const { pathKey, password, insidePassword } = secrets;
  const pattern = pathPattern(pathKey);
  const user = (name: string, pass: string, permissions: Json): Json => ({
    user: name,
    pass,
    ips: LOOPBACK_NETWORKS,
    permissions,
  });
  return [
    // Only the hash: whoever gets to read the file still cannot use the API.
    user(RELAY_USER, hashed(password), [
      { action: 'api', path: '' },
      { action: 'read', path: pattern },
    ]),
    // Publishing asks for no password but for a path that cannot be guessed: see Secrets and publishUrl in manager.ts.
    user('any', '', [{ action: 'publish', path: pattern }]),
    ...(readers === undefined
      ? []
      : [
          user(INSIDE_USER, hashed(insidePassword), [{ action: 'read', path: pattern }]),
          user(readers.username, hashed(readers.password), [{ action: 'read', path: READERS_PATTERN }]),
        ]),
  ];
}

const hashed = (password: string): string =>
  `sha256:${createHash('sha256').update(password).digest('base64')}`;

const pathPattern = (key: string): string => `~^${key}/${STREAM}$`;

/** The same streams under names without the key, which nobody can publish to: read only while somebody reads them. */
function readersPath({ readers, ports, secrets }: SettingsRequest): Record<string, Settings> {
  if (readers === undefined) return {};
  const { pathKey, insidePassword } = secrets;
  const source = `rtsp://${INSIDE_USER}:${insidePassword}@${local(ports.rtsp)}/${pathKey}/$G1`;
  return { [READERS_PATTERN]: { source, sourceOnDemand: true, rtspTransport: 'tcp' } };
}

function hlsGlobals({ readers, ports, hls }: SettingsRequest): Settings {
  if (readers === undefined || ports.hls === undefined) return { hls: false };
  return {
    hls: true,
    hlsAddress: local(ports.hls),
    hlsEncryption: false,
    hlsAllowOrigins: [],
    hlsTrustedProxies: [],
    // The wall does not read it: a muxer is made when somebody does, who waits for its first segment.
    hlsAlwaysRemux: false,
    hlsVariant: 'lowLatency',
    hlsSegmentCount: hls.segmentCount,
    hlsSegmentDuration: goDuration(hls.segmentMs),
    hlsPartDuration: goDuration(hls.partMs),
    hlsSegmentMaxSize: '50M',
    hlsDirectory: '',
    hlsCDNSecret: '',
  };
}

const inAddress = (host = ''): string => (host.includes(':') ? `[${host}]` : host);

/** Signalling stays on loopback and goes through the relay; media goes straight to the viewer over one UDP port. */
function webrtcSettings(webrtc: WebrtcSettings | undefined, ports: Ports): Settings {
  if (webrtc === undefined || ports.webrtc === undefined || ports.webrtcMedia === undefined) {
    return { webrtc: false };
  }
  return {
    webrtc: true,
    webrtcAddress: local(ports.webrtc),
    webrtcEncryption: false,
    webrtcAllowOrigins: [],
    webrtcTrustedProxies: [],
    webrtcLocalUDPAddress: `${inAddress(webrtc.listenHost)}:${ports.webrtcMedia}`,
    webrtcLocalTCPAddress: '',
    webrtcIPsFromInterfaces: true,
    webrtcIPsFromInterfacesList: [],
    webrtcAdditionalHosts: webrtc.additionalHosts,
    // On a LAN the host's own addresses do; a STUN server would tell a stranger who watches.
    webrtcICEServers2: [],
  };
}
