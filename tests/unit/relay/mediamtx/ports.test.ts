import { describe, expect, it } from 'vitest';
import { type PortProbe, type PortRequest, settlePorts } from '../../../../relay/mediamtx/ports.ts';

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

const settle = (change: Partial<PortRequest> = {}) =>
  settlePorts({
    wish: {},
    webrtc: false,
    previous: undefined,
    random: counter(0.001),
    probe: probe(),
    ...change,
  });

describe('the ports of MediaMTX', () => {
  it('are chosen below those of outgoing connections, each another one', async () => {
    const chosen = Object.values(await settle({ webrtc: true }));
    expect(new Set(chosen).size).toBe(5);
    for (const port of chosen) expect(port).toBeLessThan(32_768);
  });

  it('skip what is taken', async () => {
    const { rtsp } = await settle();
    expect((await settle({ probe: probe([rtsp]) })).rtsp).not.toBe(rtsp);
  });

  it('stay what they were, unless somebody took one meanwhile', async () => {
    const previous = { rtsp: 21_001, hls: 21_002, api: 21_003 };
    expect(await settle({ previous })).toEqual(previous);
    const moved = await settle({ previous, probe: probe([21_002]) });
    expect(moved).toMatchObject({ rtsp: 21_001, api: 21_003 });
    expect(moved.hls).not.toBe(21_002);
  });

  it('are the configured ones', async () => {
    expect(await settle({ wish: { rtsp: 8554, api: 9997 } })).toMatchObject({ rtsp: 8554, api: 9997 });
    expect((await settle({ webrtc: true, wish: { webrtcMedia: 8189 } })).webrtcMedia).toBe(8189);
  });

  it.each([
    [{ rtsp: 8554 }, 'TCP port 8554 for RTSP of MediaMTX is taken by rtspd (process 7)'],
    [{ hls: 8888 }, 'TCP port 8888 for HLS of MediaMTX is taken by another program'],
    [{ webrtcMedia: 8554 }, 'UDP port 8554 for WebRTC media of MediaMTX is taken by another program'],
  ])('are refused with a sentence when %j is taken', async (wish, sentence) => {
    const request = settle({ wish, webrtc: true, probe: probe([8554, 8888]) });
    await expect(request).rejects.toThrow(`${sentence}: end it, or configure another port or none`);
  });

  it('are not looked for without end', async () => {
    const none: PortProbe = { ...probe(), isFree: () => Promise.resolve(false) };
    await expect(settle({ probe: none })).rejects.toThrow('no free port was found for MediaMTX (RTSP)');
  });
});
