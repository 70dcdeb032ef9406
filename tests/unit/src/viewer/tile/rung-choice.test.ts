import { describe, expect, it } from 'vitest';
import type { Playability } from '../../../../../src/viewer/player/playability.ts';
import {
  chooseRung,
  decodeWish,
  RungPace,
  type RungSigns,
  type RungSize,
} from '../../../../../src/viewer/tile/rung-choice.ts';

const RUNGS: readonly RungSize[] = [2160, 1080, 720, 360].map((height) => ({ id: `${height}`, height }));

const choose = (shownHeightPx: number, signs: Partial<RungSigns> = {}) =>
  chooseRung({ rungs: RUNGS, shownHeightPx, current: undefined, ...signs });

/** A rung as a relay of today's shape tells it: `c` the camera's own, `t` made by the relay, `z` asleep, `k` keyframes only. */
function rung(text: string, codecs = 'avc1.640028'): RungSize {
  const [height, flags = ''] = text.split(' ');
  const lines = Number(height);
  return {
    id: `${height}${flags.includes('c') ? 'c' : ''}`,
    ...{ height: lines, width: (lines * 16) / 9, fps: 25, codecs },
    origin: flags.includes('c') ? 'camera' : 'transcode',
    asleep: flags.includes('z'),
    pictures: flags.includes('k') ? 'keyframes' : 'all',
  };
}
const ladder = (...texts: string[]): RungSize[] => texts.map((text) => rung(text));

/** As Chromium and Firefox on Linux: no H.265. */
const noHevc = ({ codecs }: { codecs?: string | undefined }): Playability => ({
  supported: codecs?.startsWith('avc1') ?? true,
  smooth: true,
  powerEfficient: false,
});

describe('chooseRung', () => {
  it.each([
    [100, '360'],
    [360, '360'],
    [420, '360'],
    [430, '720'],
    [1000, '1080'],
    [1080, '1080'],
    [4000, '2160'],
  ])('a tile %i device pixels high plays %s', (height, id) => {
    expect(choose(height)).toBe(id);
  });

  it.each([360, 1000])(
    'takes what the camera sends before the same size made of it, in a tile of %i',
    (height) => {
      expect(choose(height, { rungs: ladder('360 tz', '360 c'), roomy: false })).toBe('360c');
    },
  );

  it('stays on the present rung while the smaller one would only just do', () => {
    expect(choose(400, { current: '720' })).toBe('720');
    expect(choose(360, { current: '720' })).toBe('360');
  });

  it('goes up at once when the present rung is too small', () => {
    expect(choose(900, { current: '720' })).toBe('1080');
  });

  it('keeps what plays while the tile has no size, and starts with the best', () => {
    expect(choose(0, { current: '720' })).toBe('720');
    expect(choose(0)).toBe('2160');
  });

  it('leaves out what did not come, but for a picture far too large for the tile', () => {
    const failing = (...ids: string[]) => ({ failed: new Set(ids), current: '360' });
    expect(choose(360, failing('360'))).toBe('720');
    expect(choose(360, failing('360', '720', '1080'))).toBe('360');
    expect(choose(700, failing('360', '720', '1080'))).toBe('2160');
    const byHardware = () => ({ supported: true, smooth: true, powerEfficient: true });
    expect(choose(360, { ...failing('360', '720', '1080'), playable: byHardware })).toBe('2160');
    expect(choose(360, failing('360', '720', '1080', '2160'))).toBe('360');
  });

  it('takes what was too much to decode before keyframes only, but for 4K', () => {
    const made = { failed: new Set(['1080c', '2160c']), current: '360' };
    expect(choose(360, { ...made, rungs: ladder('1080 c', '720 tz', '360 t') })).toBe('360');
    expect(choose(360, { ...made, rungs: ladder('1080 c', '720 tk', '360 tk') })).toBe('1080c');
    expect(choose(360, { ...made, rungs: ladder('2160 c', '720 tk', '360 tk') })).toBe('360');
  });

  it('has no answer without rungs, and ignores a present one that is gone', () => {
    expect(choose(500, { rungs: [] })).toBeUndefined();
    expect(choose(500, { current: 'gone' })).toBe('720');
  });
});

describe('chooseRung among rungs that cost somebody something', () => {
  const roomy = { roomy: true };

  it.each<[string, number, string[], string]>([
    ['the substream, which costs nobody anything', 360, ['2160 c', '360 c', '720 tz'], '360c'],
    ['the passed-on 1080p rather than to wake a smaller one', 360, ['1080 c', '720 tz', '360 tz'], '1080c'],
    ['the passed-on 1080p also when a smaller one is awake', 360, ['1080 c', '360 t'], '1080c'],
    ['the smaller one rather than a passed-on 4K', 360, ['2160 c', '720 tz', '360 tz'], '360'],
    ['the passed-on 4K where it is shown', 2000, ['2160 c', '720 tz', '360 tz'], '2160c'],
    ['the passed-on 4K in a tile that was enlarged', 700, ['2160 c', '720 tz', '360 tz'], '2160c'],
    ['… in a window 1280 wide, beside the substream', 585, ['2160 c', '720 tz', '360 c'], '2160c'],
    ['no 4K in one of four tiles on 1080 lines', 510, ['2160 c', '720 tz', '360 c'], '720'],
    ['the passed-on 4K where there is nothing else', 360, ['2160 c'], '2160c'],
    ['the larger substream before the main stream', 500, ['1080 c', '720 c', '540 tz', '360 c'], '720c'],
    ['an awake rung a third larger before one that sleeps', 530, ['2160 c', '720 t', '540 tz'], '720'],
    ['no awake rung that is much larger', 360, ['2160 c', '1080 t', '360 tz'], '360'],
    ['no awake rung that is smaller than the tile', 530, ['2160 c', '540 tz', '360 t'], '540'],
    ['the camera’s own of two of one size', 360, ['360 tz', '360 c'], '360c'],
    ['the one that is awake of two of one size', 360, ['1080 tz', '1080 t'], '1080'],
    ['pictures that move before keyframes of its size', 720, ['2160 ck', '720 tk', '360 c'], '360c'],
    ['keyframes where there is nothing else', 360, ['2160 ck', '360 tk'], '360'],
    ['keyframes before 4K, which software would have to decode', 360, ['2160 c', '360 tk'], '360'],
  ])('plays %s', (_what, shownHeightPx, rungs, id) => {
    expect(choose(shownHeightPx, { rungs: ladder(...rungs), ...roomy })).toBe(id);
  });

  it('plays 4K that moves before keyframes where it is decoded by hardware', () => {
    const playable = () => ({ supported: true, smooth: true, powerEfficient: true });
    expect(choose(360, { rungs: ladder('2160 c', '360 tk'), ...roomy, playable })).toBe('2160c');
  });

  it('leaves a passed-on rung that is too large to the relay where the wall has no room, or it would not be smooth', () => {
    const rungs = ladder('1080 c', '360 tz');
    expect(choose(360, { rungs, roomy: false })).toBe('360');
    const playable = () => ({ supported: true, smooth: false, powerEfficient: false });
    expect(choose(360, { rungs, ...roomy, playable })).toBe('360');
    expect(choose(1080, { rungs, roomy: false, playable })).toBe('1080c');
    expect(choose(360, { rungs: ladder('2160 c', '360 tk'), roomy: false })).toBe('360');
  });

  it('takes an H.264 rung where the browser does not play H.265, and none where there is none', () => {
    const hevc = rung('1080 c', 'hvc1.1.6.L120.90');
    const rungs = [hevc, ...ladder('1080 tz', '360 tz')];
    expect(choose(1080, { rungs, ...roomy, playable: noHevc })).toBe('1080');
    expect(choose(360, { rungs, ...roomy, playable: noHevc })).toBe('360');
    expect(choose(360, { rungs, ...roomy })).toBe('1080c');
    expect(choose(1080, { rungs: [hevc], ...roomy, playable: noHevc })).toBeUndefined();
  });

  it('does not flap with what others watch, with measured rates, or with the end of its own waking', () => {
    for (const shownHeightPx of [100, 300, 420, 500, 620, 800, 1000, 1300, 2000]) {
      for (const texts of [
        ['2160 c', '1080 tz', '720 tz', '540 tz', '360 tz'],
        ['1080 c', '720 tz', '360 tz'],
        ['2160 c', '1080 t', '720 t', '540 tz', '360 t'],
      ]) {
        const rungs = ladder(...texts);
        for (const room of [true, false]) {
          const first = choose(shownHeightPx, { rungs, roomy: room });
          const woken = rungs.map((one) => (one.id === first ? { ...one, asleep: false } : one));
          const others = rungs.map((one) => ({ ...one, asleep: false, fps: 24.1 }));
          for (const later of [rungs, woken, others]) {
            expect(choose(shownHeightPx, { rungs: later, roomy: room, current: first })).toBe(first);
          }
        }
      }
    }
  });
});

describe('decodeWish', () => {
  const wish = (rungs: readonly RungSize[], shownHeightPx = 360) =>
    decodeWish({ rungs, shownHeightPx, current: undefined, playable: noHevc });

  it('names what the tile needs, and what it would decode to spare the relay', () => {
    const pps = (height: number): number => ((height * 16) / 9) * height * 25;
    expect(wish(ladder('1080 c', '360 tz'))).toEqual({
      leastPps: pps(360),
      passedOnPps: pps(1080),
      passedOn: '1080c',
      powerEfficient: false,
    });
    expect(wish(ladder('1080 c', '360 c'))).toMatchObject({ leastPps: pps(360), passedOnPps: pps(360) });
    expect(wish([])).toMatchObject({ leastPps: 0, passedOnPps: 0 });
  });
});

describe('RungPace', () => {
  const next = (pace: RungPace, nowMs: number, shownHeightPx: number, current: string, rungs = RUNGS) =>
    pace.next(nowMs, { rungs, shownHeightPx, current });

  it('asks for another rung once it fits, at once the first time', () => {
    const pace = new RungPace();
    expect(next(pace, 0, 360, '360')).toBeUndefined();
    expect(next(pace, 250, 1000, '360')).toBe('1080');
  });

  it('leaves 3 s between two changes', () => {
    const pace = new RungPace();
    next(pace, 0, 1000, '360');
    expect(next(pace, 2_999, 360, '1080')).toBeUndefined();
    expect(next(pace, 3_000, 360, '1080')).toBe('360');
  });

  it('leaves a camera with one rung on it, whatever the size, and brings a tile to it that plays another', () => {
    const one = RUNGS.slice(2, 3);
    expect(next(new RungPace(), 0, 4000, '720', one)).toBeUndefined();
    expect(next(new RungPace(), 0, 4000, '2160', one)).toBe('720');
  });
});
