/** Runs in a web page: a player that joins a stream, or joins it anew. */
import { expose, wait } from '../case-page.ts';
import { Rig } from './rig.ts';

const cases = {
  /** Joins a camera with this GOP after its history has come, and plays for 2 s. */
  async join(stream: string, historySec: number) {
    const rig = new Rig();
    rig.choose(stream, 0);
    await rig.history(historySec);
    rig.run();
    await wait(2_000);
    const seen = rig.seen();
    rig.close();
    return seen;
  },

  /** A camera of GOPs of 10 s whose player is loaded anew, and then built anew, in the midst of the first one. */
  async midGop() {
    const rig = new Rig();
    rig.choose('gop10', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.5);
    rig.tile.reload();
    rig.again();
    await wait(1_500);
    const loaded = rig.seen();
    rig.tile.rebuild();
    rig.again();
    await wait(1_500);
    const built = rig.seen();
    rig.close();
    return { loaded, built };
  },
};

export type JoinCases = typeof cases;

expose(cases);
