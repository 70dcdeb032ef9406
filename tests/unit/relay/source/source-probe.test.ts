import { describe, expect, it } from 'vitest';
import { SourceReader } from '../../../../relay/source/source-probe.ts';

const H264 =
  '[info]   Stream #0:0: Video: h264 (Constrained Baseline), yuv420p(tv, smpte170m, progressive), 640x360 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn\n';

interface Packet {
  readonly pts: number;
  readonly dts?: number;
  readonly key?: boolean;
}

const list = (packets: readonly Packet[]): string =>
  packets
    .map(
      ({ pts, dts = pts, key }) =>
        `0, ${dts * 90}, ${pts * 90}, 3600, 1250, 0xc1aaf106${key ? '' : ', F=0x0, S=1, 16'}\n`,
    )
    .join('');

/** A steady stream, one packet every 40 ms. */
const steady = (count: number, gop: number): Packet[] =>
  Array.from({ length: count }, (_, n) => ({ pts: n * 40, key: n % gop === 0 }));

function reader(needGop: boolean, ...texts: string[]): SourceReader {
  const subject = new SourceReader(needGop);
  subject.told(H264);
  subject.push('#software: Lavf\n#tb 0: 1/90000\n#dimensions 0: 640x360\n');
  for (const text of texts) subject.push(text);
  return subject;
}

describe('SourceReader', () => {
  it('reads size and codec, and is done with the first packet when nothing else is asked', () => {
    const subject = reader(false);
    expect(subject.done).toBe(false);
    subject.push(list(steady(1, 25)));
    expect(subject.done).toBe(true);
    expect(subject.facts).toMatchObject({
      codec: 'h264',
      pixelFormat: 'yuv420p',
      size: { width: 640, height: 360 },
    });
  });

  it('measures rate, bit rate and the distance of keyframes, wherever the text is cut', () => {
    const text = list(steady(40, 25));
    const whole = reader(true, text);
    const cut = reader(true, ...[...text].map((letter) => letter));
    expect(whole.facts).toMatchObject({ fps: 25, gopMs: 1000, reordered: false, pieces: false });
    expect(whole.facts?.bitrateKbps).toBeCloseTo(256, 0);
    expect(cut.facts).toEqual(whole.facts);
    expect(whole.done).toBe(true);
  });

  it('waits for a second keyframe, but not for ever', () => {
    expect(reader(true, list(steady(24, 25))).done).toBe(false);
    const rare = reader(true, list(steady(60, 1000)));
    expect(rare.done).toBe(true);
    expect(rare.facts?.gopMs).toBeUndefined();
    const none = reader(true, list(steady(60, 1000).map(({ pts }) => ({ pts }))));
    expect(none.done).toBe(true);
  });

  it('notices reordered pictures, by two times of one packet or by times that go back', () => {
    expect(reader(true, list([{ pts: 80, dts: 0, key: true }])).facts?.reordered).toBe(true);
    expect(reader(true, list([{ pts: 0, key: true }, { pts: 80 }, { pts: 40 }])).facts?.reordered).toBe(true);
  });

  it('notices pictures in pieces, whose pieces are no keyframes of their own', () => {
    const packets = steady(40, 25).flatMap((packet) => (packet.key ? [packet, packet] : [packet]));
    expect(reader(true, list(packets)).facts).toMatchObject({ pieces: true, gopMs: 1000 });
  });

  it.each([
    ['hevc (Main) (hev1 / 0x31766568), yuv420p(tv), 3840x2160 [SAR 1:1', 'hevc', 'yuv420p', 3840],
    ['mjpeg (Baseline), yuvj422p(pc, bt470bg/unknown/unknown), 1280x720, 25 fps', 'mjpeg', 'yuvj422p', 1280],
    ['rawvideo (YUY2 / 0x32595559), yuyv422, 640x480, 147456 kb/s, 30 fps', 'rawvideo', 'yuyv422', 640],
  ])('understands "%s"', (text, codec, pixelFormat, width) => {
    const subject = new SourceReader(false);
    subject.told(`[info]   Stream #0:0[0x1](und): Video: ${text}\n`);
    expect(subject.facts).toMatchObject({ codec, pixelFormat, size: { width } });
  });

  it('sees that pictures are interlaced', () => {
    const subject = new SourceReader(false);
    subject.told('Stream #0:0: Video: h264 (Main), yuv420p(tv, bt709, top first), 720x576 [SAR 1:1');
    expect(subject.facts?.interlaced).toBe(true);
    expect(reader(false).facts?.interlaced).toBe(false);
  });

  it('knows nothing of a stream that nobody described', () => {
    expect(new SourceReader(false).facts).toBeUndefined();
  });
});
