import { describe, expect, it } from 'vitest';
import { keyframeFps, type Work } from '../../../../relay/capacity/work.ts';
import { FakeHost, H264_4K, H264_1080, HEVC_4K, RUNG_360, RUNG_720, work } from './host.ts';

/** Cores in truth: decoding, of what is decoded, and encoding. */
function needs(decoding: (codec: string, width: number) => number, encoding = 1): (work: Work) => number {
  return ({ source, pictures, rungs }) => {
    const share = pictures === 'keyframes' ? keyframeFps(source) / source.fps : 1;
    const encode = rungs.reduce((sum, { size, fps, preset }) => {
      const perMegapixel = preset === 'ultrafast' ? 0.0039 : 0.0063;
      return sum + ((size.width * size.height * fps) / 1e6) * perMegapixel * encoding;
    }, 0);
    return decoding(source.codec, source.size.width) * share + encode;
  };
}

/** A decoder of 4K HEVC makes 0.6 of real time here. */
const hevcTooMuch = needs((codec, width) => (codec === 'hevc' ? 1.6 : width > 1920 ? 0.35 : 0.1));

describe('4K HEVC beside two cameras of 1080p on two cores', () => {
  it('shows its keyframes, touches no neighbour, and changes nothing more', () => {
    const host = new FakeHost(2, hevcTooMuch);
    host.viewerHere = true;
    host.start('cam1', work(H264_1080, RUNG_360));
    host.start('cam2', work(H264_1080, RUNG_360));
    expect(host.start('cam3', work(HEVC_4K, RUNG_360))).toBe('keyframes');
    host.run(20 * 60);
    expect(host.said).toEqual([]);
    expect(host.work('cam1')).toEqual(work(H264_1080, RUNG_360));
  });

  it('takes one step where it looked as if there were room, and leaves the neighbours alone', () => {
    const host = new FakeHost(4, hevcTooMuch);
    host.start('cam1', work(H264_1080, RUNG_360));
    host.start('cam2', work(H264_1080, RUNG_360));
    host.model.learn(work(HEVC_4K, RUNG_360), { cores: 0.7, thread: 0.7 });
    expect(host.start('cam3', work(HEVC_4K, RUNG_360))).toBe('full');
    host.run(20 * 60);
    expect(host.said).toEqual(['cam3 process-full', 'cam3 process-full keyframes']);
  });

  it('says what the host can do and what would help', () => {
    const host = new FakeHost(4, hevcTooMuch);
    host.start('cam3', work(HEVC_4K, RUNG_360));
    host.run(30);
    expect(host.words.at(-1)).toMatch(
      /^this host decodes about 1[78] of 25 pictures per second of this stream; shown are its keyframes only; a substream would help$/,
    );
  });

  it('calls the host full, and not the stream too large, where other programs take the room', () => {
    const host = new FakeHost(2, hevcTooMuch);
    host.start('cam1', work(H264_1080, RUNG_720));
    host.others = 40;
    host.run(60);
    const told = host.words.filter((words) => words.includes('this host'));
    expect(told).toHaveLength(2);
    for (const words of told) expect(words).toMatch(/^this host is full and (?!.*would help)/);
  });

  it('knows it the next time, before it is tried', () => {
    const host = new FakeHost(4, hevcTooMuch);
    host.start('cam3', work(HEVC_4K, RUNG_360));
    host.run(30);
    host.stop('cam3');
    host.run(5 * 60);
    expect(host.start('cam3', work(HEVC_4K, RUNG_360))).toBe('keyframes');
    expect(host.start('cam4', work(HEVC_4K, RUNG_360))).toBe('keyframes');
  });

  it('knows it also of threads that wait for each other', () => {
    const host = new FakeHost(4, hevcTooMuch);
    host.threadShare = 0.5;
    host.start('cam3', work(HEVC_4K, RUNG_360));
    host.run(30);
    expect(host.pictures('cam3')).toBe('keyframes');
    expect(host.start('cam4', work(HEVC_4K, RUNG_360))).toBe('keyframes');
  });

  it('sees it by the backlog alone where the system tells no CPU time', () => {
    const host = new FakeHost(4, hevcTooMuch, false);
    host.start('cam3', work(HEVC_4K, RUNG_360));
    host.run(30);
    expect(host.pictures('cam3')).toBe('keyframes');
  });
});

describe('a rung of 720p on a busy host', () => {
  /** Encoding is what costs here. */
  const costlyRung = needs(() => 0.2, 7);

  it('does with less in one step, as the room there is, and the neighbours go on', () => {
    const host = new FakeHost(2, costlyRung);
    host.others = 1;
    // The encoder is what costs.
    const cheap = { ...H264_1080, codec: 'test' };
    host.start('cam1', work(cheap, RUNG_360));
    host.start('cam2', work(cheap, RUNG_720));
    host.run(60);
    expect(host.said.filter((line) => line.startsWith('cam2') && line.split(' ').length > 2)).toEqual([
      'cam2 host-full reduced',
    ]);
    expect(host.said.filter((line) => line.startsWith('cam1') && line.split(' ').length > 2)).toEqual([]);
    expect(host.work('cam1')).toEqual(work(cheap, RUNG_360));
  });

  it('is not judged again while what it was goes on until the other one takes over', () => {
    const host = new FakeHost(1, costlyRung);
    host.takeOverMs = 60_000;
    host.start('cam1', work({ ...H264_1080, codec: 'test' }, RUNG_720));
    host.run(70);
    expect(host.said).toEqual(['cam1 process-full', 'cam1 process-full reduced']);
  });

  it('is not begun in full where there is no room for it', () => {
    const host = new FakeHost(1, costlyRung);
    host.viewerHere = true;
    host.start('cam1', work(H264_4K, RUNG_360));
    expect(host.start('cam2', work(H264_4K, RUNG_720))).toBe('keyframes');
  });

  it('is refused where not even keyframes have room, with words', () => {
    const host = new FakeHost(1, costlyRung);
    const kinds = Array.from({ length: 80 }, (_, n) => host.start(`cam${n}`, work(HEVC_4K, RUNG_720)));
    expect(kinds.at(-1)).toBe('refused');
    expect(host.words.at(-1)).toMatch(
      /^this host has no room for another rung: it takes about 1\.\d of 1 cores/,
    );
  });

  it('books nothing for a camera that is offline', () => {
    const host = new FakeHost(
      2,
      needs(() => 0.35),
    );
    host.start('cam1', work(H264_4K, RUNG_720));
    host.start('cam2', work(H264_4K, RUNG_720));
    expect(host.start('cam3', work(H264_4K, RUNG_720))).not.toBe('full');
    host.stop('cam3');
    host.stop('cam2');
    host.run(120);
    expect(host.start('cam3', work(H264_4K, RUNG_720))).toBe('full');
  });
});

describe('a source that is slow', () => {
  it('is told, and nothing is stepped down for it', () => {
    const host = new FakeHost(
      2,
      needs(() => 0.3),
    );
    host.start('cam1', work(H264_1080, RUNG_360));
    host.run(20);
    host.source('cam1', 0.7);
    host.run(60);
    expect(host.said).toEqual(['cam1 source-slow']);
    expect(host.words.at(-1)).toBe('the source is slow: 70 % of its pictures come in time');
    host.source('cam1', 1);
    host.run(30);
    expect(host.said).toEqual(['cam1 source-slow', 'cam1 fine']);
  });

  it('is not taken for a slow host when it catches up', () => {
    const host = new FakeHost(
      2,
      needs(() => 0.6),
    );
    host.start('cam1', work(H264_1080, RUNG_360));
    host.run(20);
    host.source('cam1', 0);
    host.run(4);
    host.source('cam1', 5);
    host.run(1);
    host.source('cam1', 1);
    host.run(30);
    expect(host.said).toEqual([]);
  });
});

describe('what was stepped down', () => {
  /** Two hungry transcoders that just fit, and somebody who takes the host for a while. */
  function busy(): FakeHost {
    const host = new FakeHost(
      2,
      needs(() => 0.3, 2),
    );
    host.start('cam1', work(H264_1080, RUNG_720));
    host.start('cam2', work(H264_1080, RUNG_720));
    host.run(20);
    host.others = 1.8;
    host.run(40);
    return host;
  }
  const changes = (host: FakeHost): string[] => host.said.filter((line) => line.split(' ').length > 2);

  it('is tried again in full, one after the other', () => {
    const host = busy();
    expect(changes(host).length).toBeGreaterThan(0);
    const before = changes(host).length;
    host.others = 0;
    host.run(60);
    expect(host.work('cam1')).toEqual(work(H264_1080, RUNG_720));
    expect(host.work('cam2')).toEqual(work(H264_1080, RUNG_720));
    expect(
      changes(host)
        .slice(before)
        .every((line) => line.endsWith('fine full')),
    ).toBe(true);
  });

  it('is tried again 10 s after others are gone that had taken the host', () => {
    const host = new FakeHost(2, hevcTooMuch);
    host.start('cam3', work(H264_4K, RUNG_720));
    host.run(20);
    host.others = 40;
    host.run(20);
    expect(host.pictures('cam3')).toBe('keyframes');
    host.others = 0.4;
    host.run(8);
    expect(host.pictures('cam3')).toBe('keyframes');
    host.run(10);
    expect(host.work('cam3')).toEqual(work(H264_4K, RUNG_720));
  });

  it('waits twice as long after each relapse', () => {
    const host = new FakeHost(
      2,
      needs(() => 0.972),
    );
    // It needs 1.12 of the one core that a thread has: near enough to be worth another try, and never enough.
    host.start('cam1', work(H264_1080, RUNG_720));
    const raisedAtS: number[] = [];
    for (let second = 0; second < 1500; second += 1) {
      const before = changes(host).length;
      host.run(1);
      if (
        changes(host)
          .slice(before)
          .some((line) => line.endsWith('full'))
      )
        raisedAtS.push(second);
    }
    const waits = raisedAtS.slice(1).map((at, index) => at - (raisedAtS[index] ?? 0));
    expect(waits.length).toBeGreaterThanOrEqual(2);
    for (const [index, wait] of waits.slice(1).entries())
      expect(wait).toBeGreaterThan(1.7 * (waits[index] ?? 0));
  });
});

describe('a change of ours', () => {
  it('is no alarm while it settles', () => {
    const host = new FakeHost(4, hevcTooMuch);
    host.model.learn(work(HEVC_4K, RUNG_360), { cores: 0.7, thread: 0.7 });
    host.start('cam3', work(HEVC_4K, RUNG_360));
    host.run(10);
    expect(host.said).toEqual([]);
    host.run(10);
    expect(host.said).not.toEqual([]);
  });

  it('nor is a host that slept', () => {
    const host = new FakeHost(
      2,
      needs(() => 0.3),
    );
    host.start('cam1', work(H264_1080, RUNG_360));
    host.run(20);
    host.time.jump(60_000);
    host.run(30);
    expect(host.said).toEqual([]);
  });
});
