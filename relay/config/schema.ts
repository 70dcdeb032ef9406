/**
 * The relay's configuration: one schema gives type, default, range, unit and description. The sample file, the
 * reference page and the JSON Schema for editors are generated from it (scripts/docs.mjs); loading a file and
 * turning its problems into sentences with line numbers is load.ts.
 */
import * as v from 'valibot';
import { CAMERA_ID, OFFSET_RANGE_MS } from '../../src/wire/camera-commands.ts';
import { DEFAULT_PORT } from '../../src/wire/protocol.ts';

const text = (what: string) => v.pipe(v.string(), v.minLength(1), v.maxLength(500), v.description(what));
const integer = (min: number, max: number, what: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max), v.description(what));
/** A pattern with its meaning in words: the message becomes `must be …`, and the type in the reference. */
const shaped = (pattern: RegExp, meaning: string, what: string) =>
  v.pipe(v.string(), v.regex(pattern, meaning), v.description(what));
/** A host name or IPv4 address, or an IPv6 address: at least two colons, so that host:port is refused. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|(?=(?:[^:]*:){2})[0-9A-Fa-f:.]+)$/;
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const size = (what: string) =>
  shaped(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'a size in pixels, as in 1280x720', what);

const rtspUrl = (what: string) =>
  shaped(/^rtsps?:\/\/[^\s]+$/, 'an address that begins with rtsp:// or rtsps://', what);
const MAX_SUBSTREAMS = 4;

const substreamSchema = v.strictObject({
  url: rtspUrl('Address of the substream, as that of the main one.'),
  username: v.optional(
    text(
      'User for the substream, when not in its URL. Default: that of the main stream, with its password, when both are on the same host.',
    ),
  ),
  password: v.optional(text('Password for the substream, beside its own `username`.')),
});

const rtspSource = v.strictObject({
  type: v.literal('rtsp'),
  url: rtspUrl(
    'Address of the stream, rtsp:// or rtsps://. User and password may stand in it, or in `username` and `password`.',
  ),
  username: v.optional(text('User for the camera, when not in the URL.')),
  password: v.optional(
    text('Password for the camera. Never appears in arguments, logs, events or the wall.'),
  ),
  onvifId: v.optional(
    text(
      'Id that the camera tells in a search for ONVIF cameras (`lockstep discover --json`). With it, a camera that got another IP address is looked for, and read at the new one.',
    ),
  ),
  substreams: v.optional(
    v.pipe(
      v.array(substreamSchema),
      v.minLength(1),
      v.maxLength(MAX_SUBSTREAMS),
      v.description(
        'Smaller streams that the camera itself sends of the same picture. `lockstep doctor` says which cameras would profit from one.',
      ),
    ),
  ),
});
const v4l2Source = v.strictObject({
  type: v.literal('v4l2'),
  device: shaped(
    /^\/dev\/[A-Za-z0-9/_.-]+$/,
    'the path of a video device, as in /dev/video0',
    'Video device, as in /dev/video0.',
  ),
  size: v.optional(size('Capture size to ask the device for, as in 1280x720. Default: the device decides.')),
  fps: v.optional(integer(1, 120, 'Capture rate to ask the device for, frames per second.')),
});
const fileSource = v.strictObject({
  type: v.literal('file'),
  path: text('Video file that plays in a loop; relative to the configuration file.'),
});
const testSource = v.strictObject({
  type: v.literal('test'),
  size: v.optional(size('Size of the synthetic picture.'), '640x360'),
  fps: v.optional(integer(1, 60, 'Frames per second of the synthetic picture.'), 30),
});

/** From fast to slow, after the choice to leave it to the relay. */
export const PRESETS = ['auto', 'ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium'] as const;

const rungSchema = v.strictObject({
  id: v.optional(
    shaped(
      CAMERA_ID,
      'a short name of small letters, digits, - and _, at most 32',
      'Name of the rung in addresses. Default: its height, as in 720.',
    ),
  ),
  size: size('Size of the picture.'),
  fps: v.optional(integer(1, 60, 'Frames per second. Default: `encode.fps`.')),
  bitrateKbps: v.optional(integer(30, 50_000, 'Target bit rate in kbit/s. Default: by size and rate.')),
});

const encodeSchema = v.strictObject({
  backend: v.optional(
    v.pipe(
      v.picklist(['ffmpeg', 'gstreamer']),
      v.description(
        'Program that encodes. `gstreamer` needs gst-launch-1.0 with x264enc; ffmpeg still reads cameras, files and the test picture for it.',
      ),
    ),
    'ffmpeg',
  ),
  profile: v.optional(
    v.pipe(
      v.picklist(['low-latency', 'plan', 'quality']),
      v.description(
        'Encoder settings. `plan`: tune zerolatency, preset medium, a keyframe every 60 frames, no B-frames, sliced threads, access unit delimiters. `quality`: a better picture per bit, about half a second later.',
      ),
    ),
    'low-latency',
  ),
  copy: v.optional(
    v.pipe(
      v.picklist(['auto', 'never']),
      v.description(
        'RTSP cameras: `auto` passes their streams on as they come, H.264 or HEVC; `never` shows only what is made of them.',
      ),
    ),
    'auto',
  ),
  hardware: v.optional(
    v.pipe(
      v.picklist(['never', 'auto']),
      v.description(
        'Hardware encoders: `auto` takes the first that encodes ten frames on this host, and software when none does.',
      ),
    ),
    'never',
  ),
  size: v.optional(size('Size of the encoded picture. Default: the size of the source.')),
  fps: v.optional(integer(1, 60, 'Frames per second of the encoded picture; constant.'), 30),
  bitrateKbps: v.optional(
    integer(
      50,
      50_000,
      'Target bit rate in kbit/s. Default: by size, 600 at 640x360 up to 12000 at 3840x2160.',
    ),
  ),
  gopMs: v.optional(
    integer(
      250,
      10_000,
      'Distance of keyframes in ms: also the length of a segment. The profile `plan` has its own.',
    ),
    1000,
  ),
  preset: v.optional(
    v.pipe(
      v.picklist(PRESETS),
      v.description(
        'x264 preset; faster presets cost less CPU. `auto` starts at the one of the profile and steps down on a slow host.',
      ),
    ),
    'auto',
  ),
  rungs: v.optional(
    v.pipe(
      v.union([v.literal('auto'), v.pipe(v.array(rungSchema), v.minLength(1), v.maxLength(8))]),
      v.description(
        'Quality levels of the camera, made while somebody watches them. `auto`: its streams as they come, and smaller ones where it is larger than 1280x720.',
      ),
    ),
    'auto',
  ),
});

export const cameraSchema = v.strictObject({
  id: shaped(
    CAMERA_ID,
    'a short name of small letters, digits, - and _, at most 32',
    'Short unique name used in addresses: small letters, digits, - and _; at most 32.',
  ),
  name: v.optional(text('Name shown on the wall. Default: the id.')),
  source: v.pipe(
    v.variant('type', [rtspSource, v4l2Source, fileSource, testSource]),
    v.description('Where the picture comes from: one of the types rtsp, v4l2, file, test.'),
  ),
  encode: v.optional(v.pipe(encodeSchema, v.description('How the picture is encoded for the wall.')), {}),
  offsetMs: v.optional(
    integer(
      OFFSET_RANGE_MS.min,
      OFFSET_RANGE_MS.max,
      'Capture delay of this camera in ms: its pictures are taken to be this much older than they arrive. The wall measures it (“Put the cameras in step”).',
    ),
    0,
  ),
});

const limitsSchema = v.strictObject({
  connections: v.optional(
    integer(16, 65_535, 'TCP connections at the same time, of all clients: players, sockets, everything.'),
    512,
  ),
  sockets: v.optional(
    integer(
      8,
      65_535,
      'WebSockets at the same time. A wall has one for each tile and one more, and the extension one.',
    ),
    256,
  ),
  perAddress: v.optional(
    integer(
      8,
      65_535,
      'WebSockets of one address, an IPv6 address by its /64: two walls of 64 cameras and more. It may hold twice as many connections.',
    ),
    160,
  ),
  reservedPercent: v.optional(
    integer(
      0,
      90,
      'Part of both that clients without a token cannot take, in percent. When the rest is full, the address that holds most gives up its oldest one that did not authenticate.',
    ),
    25,
  ),
});

const serverSchema = v.strictObject({
  host: v.optional(
    shaped(
      HOST,
      'an IP address or host name without a port',
      'Address to listen on. The default is reachable from this host only; 0.0.0.0 opens the relay to the network.',
    ),
    '127.0.0.1',
  ),
  port: v.optional(
    integer(0, 65_535, 'TCP port of everything: playlists, push and control. 0 picks a free one.'),
    DEFAULT_PORT,
  ),
  name: v.optional(text('Name of this relay in the extension. Default: the host name.')),
  hostNames: v.optional(
    v.pipe(
      v.array(
        shaped(
          HOST_NAME,
          'a host name without scheme and port, as in wall.example',
          'A name by which browsers reach the relay.',
        ),
      ),
      v.maxLength(16),
      v.description(
        'Names, besides IP addresses, localhost, `*.local` and the name of this host, by which browsers reach the relay: that of a TLS proxy in front of it, or one that the router gives. Any other name is refused.',
      ),
    ),
    [],
  ),
  tls: v.optional(
    v.pipe(
      v.strictObject({
        certificate: text('File of the certificate, PEM; of a chain the own one first.'),
        key: text('File of its private key, PEM, without a password.'),
      }),
      v.description(
        'Encrypts what other machines get, by https:// and wss://; this host may go on without. `lockstep cert` makes both files, `lockstep reload` reads them again.',
      ),
    ),
  ),
  allowOrigins: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s/]+$/, 'an origin, as in https://wall.example'),
        ),
      ),
      v.description('Web origins, besides paired extensions, that may read playlists and media (CORS).'),
    ),
    [],
  ),
  hlsAccess: v.optional(
    v.pipe(
      v.picklist(['token', 'open']),
      v.description(
        'Who may read the HTTP playlists: `token` asks for `Authorization: Bearer`, `open` asks for nothing (any player).',
      ),
    ),
    'token',
  ),
  limits: v.optional(
    v.pipe(limitsSchema, v.description('How much clients may take, so that one of them locks nobody out.')),
    {},
  ),
});

const mediaSchema = v.strictObject({
  partMs: v.optional(
    integer(33, 1000, 'Shortest part (LL-HLS EXT-X-PART) in ms: two frames at 30 fps by default.'),
    67,
  ),
});

const port = (what: string) => v.optional(integer(1, 65_535, `${what} Default: a free one is chosen.`));

const mediamtxSchema = v.strictObject({
  enabled: v.optional(
    v.pipe(
      v.union([v.literal('auto'), v.boolean()]),
      v.description(
        'Publishes what ffmpeg delivers to a MediaMTX as well, for real-time pictures and other readers. `auto`: where a usable one is found; `true`: it must be there; `false`: never.',
      ),
    ),
    'auto',
  ),
  path: v.optional(
    text('Path of the MediaMTX program. Default: found on PATH, then in `bin` of the data folder.'),
  ),
  readers: v.optional(
    v.pipe(
      v.strictObject({
        username: shaped(
          /^(?!any$)[A-Za-z0-9_.-]{1,64}$/,
          'a name of letters, digits, dots, - and _, but not "any"',
          'Name that a player logs in with.',
        ),
        password: text('Password that a player logs in with.'),
      }),
      v.description(
        'Lets other programs of this host read every rung as `camera/rung`, by RTSP and by MediaMTX’s own HLS. Default: nobody.',
      ),
    ),
  ),
  hls: v.optional(
    v.pipe(
      v.strictObject({
        preset: v.optional(
          v.pipe(
            v.picklist(['default', 'plan']),
            v.description(
              '`default`: parts of `media.partMs` and segments of one keyframe distance. `plan`: parts of 200 ms, segments of 1 s, 10 of them.',
            ),
          ),
          'default',
        ),
        partMs: v.optional(
          integer(10, 2000, 'Replaces the preset’s part duration, as MediaMTX’s hlsPartDuration; in ms.'),
        ),
        segmentMs: v.optional(
          integer(
            100,
            20_000,
            'Replaces the preset’s shortest segment, as MediaMTX’s hlsSegmentDuration; in ms.',
          ),
        ),
        segmentCount: v.optional(
          integer(7, 100, 'Replaces the preset’s number of segments kept, as MediaMTX’s hlsSegmentCount.'),
        ),
      }),
      v.description('How MediaMTX cuts its own HLS for `readers`; the same for all cameras.'),
    ),
    {},
  ),
  ports: v.optional(
    v.pipe(
      v.strictObject({
        rtsp: port('TCP port on loopback of RTSP, where encoders publish.'),
        hls: port('TCP port on loopback of its own HLS; only with `readers`.'),
        api: port('TCP port on loopback of MediaMTX’s API.'),
        webrtc: port('TCP port on loopback of WebRTC signalling.'),
      }),
      v.description('Ports of the private MediaMTX; only needed where they must be known beforehand.'),
    ),
    {},
  ),
  webrtc: v.optional(
    v.pipe(
      v.strictObject({
        enabled: v.optional(
          v.pipe(
            v.boolean(),
            v.description(
              'Offers WebRTC (WHEP), which the wall’s switch "Real-time" needs. Opens one UDP port at the address of `server.host`.',
            ),
          ),
          false,
        ),
        additionalHosts: v.optional(
          v.pipe(
            v.array(shaped(HOST, 'an IP address or host name without a port', 'A name or address.')),
            v.description(
              'Addresses or names of this host to offer to viewers besides those of its interfaces, as in a container.',
            ),
          ),
          [],
        ),
        udpPort: port('UDP port of WebRTC media, which viewers must reach.'),
      }),
      v.description('Real-time pictures, straight from MediaMTX to the viewer.'),
    ),
    {},
  ),
});

export const configSchema = v.strictObject({
  server: v.optional(v.pipe(serverSchema, v.description('Where the relay listens and who may read.')), {}),
  media: v.optional(v.pipe(mediaSchema, v.description('How media is cut.')), {}),
  mediamtx: v.optional(
    v.pipe(mediamtxSchema, v.description('A private MediaMTX beside the wall: see mediamtx.md.')),
    {},
  ),
  ffmpeg: v.optional(text('Path of the ffmpeg program. Default: found on PATH.')),
  dataDir: v.optional(
    text(
      'Folder for tokens and process records. Default: $XDG_STATE_HOME/lockstep or ~/.local/state/lockstep.',
    ),
  ),
  logLevel: v.optional(
    v.pipe(
      v.picklist(['debug', 'info', 'warn', 'error']),
      v.description('Least severe log line that is written.'),
    ),
    'info',
  ),
  cameras: v.pipe(
    v.array(cameraSchema),
    v.minLength(1),
    v.maxLength(64),
    v.description('The cameras, in the order of the wall.'),
  ),
});

/** A checked configuration with every default filled in. */
export type Config = v.InferOutput<typeof configSchema>;
export type CameraConfig = Config['cameras'][number];
export type SourceConfig = CameraConfig['source'];
export type MediamtxConfig = Config['mediamtx'];
export type RtspSource = Extract<SourceConfig, { type: 'rtsp' }>;
export type EncodeConfig = CameraConfig['encode'];
