/** Runs in a web page: a stream that becomes another one, or lacks a piece. */
import { expose, wait } from '../case-page.ts';
import { Rig } from './rig.ts';

const cases = {
  /** The encoder restarts in the midst of a segment, with times of its own. */
  async epoch() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.4);
    rig.choose('restarted', 0, { epoch: true });
    await rig.sent(2.4);
    const seen = rig.seen();
    rig.close();
    return seen;
  },

  /** The link holds a second and a half back, of which the relay sends nothing. */
  async skip() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.4);
    rig.stop();
    const before = rig.seen();
    const edgeMs = rig.mirror.edgeMs() ?? 0;
    await wait(1_600);
    rig.again();
    rig.errors.length = 0;
    rig.choose('gop1', 4, { skipped: true });
    rig.run();
    await wait(1_500);
    const after = rig.seen();
    const gap = rig.tile.locate(edgeMs + 500);
    const skipped = rig.mirror.skippedParts;
    rig.close();
    return { before, after, inGap: gap?.inGap, skipped };
  },

  /** Another rung of the same camera takes over at its keyframe, in mid-segment of the first, and back. */
  async rung() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(1.5);
    rig.choose('small', 1.5);
    await rig.sent(3);
    rig.choose('gop1', 3);
    await rig.sent(4.5);
    const seen = rig.seen();
    rig.close();
    return seen;
  },
};

export type ChangeCases = typeof cases;

expose(cases);
