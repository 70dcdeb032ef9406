/** What real browsers say that they can play, and which rung a tile takes then. Pictures are not looked at here. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../../rig/browser.ts';
import { firefoxPath, launchFirefox } from '../../rig/firefox.ts';
import { inProject } from '../../rig/root.ts';
import type { Playability, Playable } from '../../src/viewer/player/playability.ts';
import { chooseRung, type RungSize } from '../../src/viewer/tile/rung-choice.ts';
import { eventually } from '../support/eventually.ts';

const H264: RungSize = {
  ...{ id: 'h264', width: 1920, height: 1080, fps: 25, bitrateKbps: 4000 },
  ...{ codecs: 'avc1.640028', origin: 'transcode', asleep: true },
};
const HEVC: RungSize = {
  ...{ id: 'hevc', width: 3840, height: 2160, fps: 25, bitrateKbps: 8000 },
  ...{ codecs: 'hvc1.1.6.L150.B0', origin: 'camera' },
};

/** The measure build's wall has its one list of answers on the page. */
const asked = ({ codecs, width, height, fps, bitrateKbps }: Playable): string =>
  `JSON.stringify(globalThis.lockstepPlayabilities?.of(${JSON.stringify({ codecs, width, height, fps, bitrateKbps })}) ?? null)`;

async function answers(evaluate: (expression: string) => Promise<unknown>) {
  const ask = async (media: Playable): Promise<Playability | null> =>
    JSON.parse(String(await evaluate(asked(media))));
  const first = await eventually(
    'the wall is there',
    () => ask(H264),
    (answer) => answer !== null,
  );
  expect(first?.supported).toBe(true);
  // decodingInfo has answered by then in both; what isTypeSupported said holds before.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const known = new Map([
    [H264, await ask(H264)],
    [HEVC, await ask(HEVC)],
  ]);
  return (rung: RungSize): Playability => {
    const answer = known.get(rung);
    if (answer === undefined || answer === null) throw new Error(`no answer for ${rung.id}`);
    return answer;
  };
}

const choose = (playable: (rung: RungSize) => Playability): string | undefined =>
  chooseRung({ rungs: [HEVC, H264], shownHeightPx: 2160, current: undefined, playable, roomy: true });

test('Chromium says that it has no H.265, and a tile of any size takes the H.264 rung', async () => {
  const browser = await launchBrowser({ headless: true });
  onTestFinished(() => browser.close());
  const page = await browser.context.newPage();
  await page.goto(browser.url('wall.html'));
  const playable = await answers((expression) => page.evaluate(expression));
  expect(playable(H264)).toMatchObject({ supported: true, smooth: true });
  expect(playable(HEVC)).toMatchObject({ supported: false });
  expect(choose(playable)).toBe('h264');
});

describe.skipIf(firefoxPath() === undefined)('Firefox', () => {
  test('answers too, and the tile takes the rung that follows from it', async () => {
    const firefox = await launchFirefox(firefoxPath() ?? '', inProject('dist/firefox-measure'));
    onTestFinished(() => firefox.close());
    await firefox.open('wall.html');
    const playable = await answers((expression) => firefox.evaluate(expression));
    expect(playable(H264)).toMatchObject({ supported: true, smooth: true });
    expect(choose(playable)).toBe(playable(HEVC).supported ? 'hevc' : 'h264');
  });
});
