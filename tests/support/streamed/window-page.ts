/** Runs in a web page: what a player keeps of a long stream, and drops. */
import { expose, wait } from '../case-page.ts';
import { Rig } from './rig.ts';

const cases = {
  /** Eight times as fast, past many trims. Also how much is behind the playhead at the end, at least and at most. */
  async trim() {
    const rig = new Rig(4_000);
    rig.choose('gop1', 0);
    await rig.history(4);
    rig.run(8);
    const behind: number[] = [];
    let trims = 0;
    let lastSec = 0;
    while (rig.tile.positionSec() < 45 && rig.errors.length === 0) {
      await wait(20);
      const { buffered } = rig.video;
      const startSec = buffered.length === 0 ? 0 : buffered.start(0);
      if (startSec > lastSec) trims += 1;
      lastSec = startSec;
      if (rig.tile.positionSec() > 30) behind.push(rig.tile.bufferBehindMs());
    }
    const seen = rig.seen();
    const ranges = rig.video.buffered.length;
    rig.close();
    return { seen, trims, ranges, leastMs: Math.min(...behind), mostMs: Math.max(...behind) };
  },

  /** 8 s back while the newest segment streams on, and to the newest again. */
  async seekBack() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(10.3);
    rig.run();
    await wait(800);
    const shownMs = rig.tile.programMs() ?? 0;
    rig.again();
    rig.tile.seek(rig.tile.locate(shownMs - 8_000)?.positionSec ?? 0);
    await wait(1_500);
    const back = rig.seen();
    const aheadMs = rig.tile.bufferAheadMs();
    const backMs = shownMs + 1_500 - (rig.tile.programMs() ?? 0);
    rig.again();
    rig.tile.seek(rig.tile.locate((rig.mirror.edgeMs() ?? 0) - 300)?.positionSec ?? 0);
    await wait(1_000);
    const forth = rig.seen();
    rig.close();
    return { back, forth, aheadMs, backMs };
  },

  /** A page that plays nothing while 44 s of media come, and is to show the newest then. */
  async hidden() {
    const rig = new Rig(2_000);
    rig.choose('gop1', 0);
    await rig.history(2);
    rig.run(8);
    await wait(500);
    rig.video.pause();
    await wait(5_500);
    const aheadMs = rig.tile.bufferAheadMs();
    rig.run(1);
    rig.again();
    const wantedMs = (rig.mirror.edgeMs() ?? 0) - 1_000;
    rig.tile.seek(rig.tile.estimate(wantedMs) ?? 0);
    rig.tile.play();
    await wait(1_500);
    const seen = rig.seen();
    rig.close();
    return { seen, aheadMs };
  },
};

export type WindowCases = typeof cases;

expose(cases);
