import { describe, expect, it } from 'vitest';
import {
  choosePorts,
  type PortProbe,
  type PortRequest,
  takenPorts,
} from '../../../../relay/mediamtx/ports.ts';

function probe(taken: readonly number[] = [], firstEphemeral = 32_768): PortProbe {
  return {
    isFree: (port) => Promise.resolve(!taken.includes(port)),
    owner: (port, protocol) => (port === 8554 && protocol === 'tcp' ? { pid: 7, name: 'rtspd' } : undefined),
    holder: () => 'nobody',
    firstEphemeral,
  };
}

/** 0, step, 2 step, … without end. */
function counter(step: number): () => number {
  let next = -step;
  return () => {
    next += step;
    return next;
  };
}

const choose = (change: Partial<PortRequest> = {}) =>
  choosePorts({
    wish: {},
    webrtc: false,
    hls: true,
    random: counter(0.001),
    probe: probe(),
    ...change,
  });

describe('the ports of MediaMTX', () => {
  it('are chosen below those of outgoing connections, each another one', async () => {
    const chosen = Object.values(await choose({ webrtc: true }));
    expect(new Set(chosen).size).toBe(5);
    for (const port of chosen) expect(port).toBeLessThan(32_768);
  });

  it('skip what is taken', async () => {
    const { rtsp } = await choose();
    expect((await choose({ probe: probe([rtsp]) })).rtsp).not.toBe(rtsp);
  });

  it('are the configured ones, free or not', async () => {
    expect(await choose({ wish: { rtsp: 8554, api: 9997 }, probe: probe([8554]) })).toMatchObject({
      rtsp: 8554,
      api: 9997,
    });
    expect((await choose({ webrtc: true, wish: { webrtcMedia: 8189 } })).webrtcMedia).toBe(8189);
  });

  it('are named with who has them, and the key that sets another', async () => {
    const ports = { rtsp: 8554, hls: 8888, api: 9997, webrtcMedia: 8555 };
    expect(await takenPorts(ports, probe([8554, 8888, 8555]))).toEqual([
      {
        key: 'mediamtx.ports.rtsp',
        what: 'TCP port 8554 for RTSP of MediaMTX is taken by rtspd (process 7)',
      },
      { key: 'mediamtx.ports.hls', what: 'TCP port 8888 for HLS of MediaMTX is taken by another program' },
      {
        key: 'mediamtx.webrtc.udpPort',
        what: 'UDP port 8555 for WebRTC media of MediaMTX is taken by another program',
      },
    ]);
  });

  it('are not looked for without end', async () => {
    const none: PortProbe = { ...probe(), isFree: () => Promise.resolve(false) };
    await expect(choose({ probe: none })).rejects.toThrow('no free port was found for MediaMTX (RTSP)');
  });
});
