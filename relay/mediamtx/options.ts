/** From the configuration to what the manager of MediaMTX is asked for. Pure. */
import { isIP } from 'node:net';
import { isLoopback } from '../config/rules.ts';
import type { Config } from '../config/schema.ts';
import type { MediamtxOptions } from './manager.ts';
import type { Ports, PortWish } from './ports.ts';
import { type HlsSettings, hlsSettings, PLAN_HLS } from './settings.ts';

export function mediamtxOptions(config: Config, program: string, ports: Ports): MediamtxOptions {
  const { webrtc, readers } = config.mediamtx;
  return {
    program,
    hls: hlsOf(config),
    readers,
    ports,
    webrtc: webrtc.enabled
      ? { additionalHosts: webrtc.additionalHosts, listenHost: listenHost(config.server.host) }
      : undefined,
  };
}

/** The ports that are configured and needed. */
export function wishedPorts({ mediamtx: { ports, webrtc, readers } }: Config): PortWish {
  const { rtsp, hls, api } = ports;
  return defined({
    rtsp,
    api,
    ...(readers === undefined ? {} : { hls }),
    ...(webrtc.enabled ? { webrtc: ports.webrtc, webrtcMedia: webrtc.udpPort } : {}),
  });
}

/** MediaMTX has one setting for all cameras: the one that suits the fastest and the shortest. */
function hlsOf({ cameras, media, mediamtx }: Config): HlsSettings {
  const { preset, partMs, segmentMs, segmentCount } = mediamtx.hls;
  const fps = Math.max(...cameras.map(({ encode }) => encode.fps));
  const gopMs = Math.min(...cameras.map(({ encode }) => encode.gopMs));
  const base = preset === 'plan' ? PLAN_HLS : hlsSettings({ partMs: media.partMs, fps, gopMs });
  return { ...base, ...defined({ partMs, segmentMs, segmentCount }) };
}

/** Media goes out where the relay listens; a name may stand for several addresses, so it means all. */
function listenHost(host: string): string {
  if (isLoopback(host)) return host === 'localhost' ? '127.0.0.1' : host;
  return isIP(host) === 0 || host === '0.0.0.0' || host === '::' ? '' : host;
}

/** Without the keys whose value is undefined. */
function defined<K extends string, V>(
  values: Readonly<Partial<Record<K, V | undefined>>>,
): Partial<Record<K, V>> {
  const kept: Partial<Record<K, V>> = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
