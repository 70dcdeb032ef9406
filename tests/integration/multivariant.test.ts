/** The rungs of a camera as other players see them: one playlist over all, with true figures. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import parseM3U8 from 'm3u8parse';
import { pino } from 'pino';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../relay/config/schema.ts';
import { type RunningRelay, startRelay } from '../../relay/relay.ts';
import { eventually } from '../support/eventually.ts';

const run = promisify(execFile);

const RUNGS = [
  { size: '640x360', bitrateKbps: 800 },
  { size: '320x180', fps: 15, bitrateKbps: 200 },
  { size: '160x90', fps: 5, bitrateKbps: 50 },
];

interface SegmentBits {
  readonly bits: number;
  readonly seconds: number;
}

/** Bit rates of all runs of segments that last between a half and one and a half target durations (RFC 8216bis §4.1). */
const runRates = (segments: readonly SegmentBits[], targetSeconds: number): number[] =>
  segments.flatMap((_, from) =>
    segments.slice(from).flatMap((_last, n) => {
      const run = segments.slice(from, from + n + 1);
      const seconds = run.reduce((sum, segment) => sum + segment.seconds, 0);
      if (seconds < 0.5 * targetSeconds || seconds > 1.5 * targetSeconds) return [];
      return [run.reduce((sum, segment) => sum + segment.bits, 0) / seconds];
    }),
  );

describe('the playlist over the rungs of a camera', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lockstep-rungs-'));
  let relay: RunningRelay;
  let url: string;

  beforeAll(async () => {
    relay = await startRelay({
      config: v.parse(configSchema, {
        mediamtx: { enabled: false },
        server: { port: 0, hlsAccess: 'open' },
        cameras: [{ id: 'cam', source: { type: 'test' }, encode: { rungs: RUNGS } }],
      }),
      log: pino({ level: 'silent' }),
      dataDir,
    });
    url = `${relay.url}/live/cam/index.m3u8`;
    await eventually(
      'all rungs',
      async () => (await (await fetch(url)).text()).match(/STREAM-INF/g)?.length,
      (count) => count === RUNGS.length,
      30_000,
    );
    // Each is made from the moment that somebody asks for it.
    const listed = async (rung: string): Promise<number> =>
      (await (await fetch(`${relay.url}/live/cam/${rung}/media.m3u8`)).text()).match(/#EXTINF/g)?.length ?? 0;
    await eventually(
      'four segments of each rung',
      async () => Math.min(...(await Promise.all(['360', '180', '90'].map(listed)))),
      (least) => least >= 4,
      20_000,
    );
  }, 60_000);
  afterAll(async () => {
    await relay.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('has what ffprobe finds in each rung, best first', async () => {
    const { variants } = parseM3U8(await (await fetch(url)).text(), { type: 'main' });
    expect(variants.map(({ uri }) => uri)).toEqual(['360/media.m3u8', '180/media.m3u8', '90/media.m3u8']);
    for (const [n, { uri, info }] of variants.entries()) {
      const { stdout } = await run('ffprobe', [
        ...[
          '-v',
          'error',
          '-of',
          'json',
          '-show_entries',
          'stream=width,height,avg_frame_rate,profile,level',
        ],
        `${relay.url}/live/cam/${uri}`,
      ]);
      const [stream] = JSON.parse(stdout).streams;
      expect(info?.get('resolution', 'resolution')).toEqual({ width: stream.width, height: stream.height });
      expect(`${info?.get('frame-rate', 'float')}/1`).toBe(stream.avg_frame_rate);
      expect(`${stream.width}x${stream.height}`).toBe(RUNGS[n]?.size);
      const level = Number.parseInt(info?.get('codecs', 'string')?.slice(-2) ?? '', 16);
      expect(level).toBe(stream.level);
    }
  });

  it('says how many bits its segments really have', async () => {
    for (const { uri, info } of parseM3U8(await (await fetch(url)).text(), { type: 'main' }).variants) {
      const base = `${relay.url}/live/cam/${uri}`;
      const media = parseM3U8(await (await fetch(base)).text(), { type: 'media' });
      const segments = await Promise.all(
        media.segments
          .filter((segment) => segment.uri !== undefined)
          .map(async (segment) => {
            const bytes = await (await fetch(new URL(segment.uri ?? '', base))).arrayBuffer();
            return { bits: bytes.byteLength * 8, seconds: segment.duration ?? 0 };
          }),
      );
      const rates = runRates(segments, media.target_duration ?? 0);
      expect(rates.length).toBeGreaterThan(2);
      // Between the two requests a segment may have come or gone.
      expect(info?.get('bandwidth', 'int')).toBeGreaterThan(0.8 * Math.max(...rates));
      expect(info?.get('bandwidth', 'int')).toBeLessThan(1.2 * Math.max(...rates));
      expect(info?.get('average-bandwidth', 'int')).toBeLessThanOrEqual(info?.get('bandwidth', 'int') ?? 0);
      expect(info?.get('average-bandwidth', 'int')).toBeGreaterThan(0.5 * Math.min(...rates));
    }
  });

  it.each([0, 2])(
    'plays in ffplay with rung %i chosen, in real time and without a complaint',
    async (rung) => {
      const child = spawn(
        'ffplay',
        ['-hide_banner', '-loglevel', 'level+warning', '-stats', '-an', '-vst', `v:${rung}`, url],
        { env: { ...process.env, SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' } },
      );
      const ended = once(child, 'close');
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      try {
        // Its clock, and how many frames it dropped, twenty times a second: "  12.34 M-V: -0.001 fd=   0 …".
        const clocks = (): { s: number; dropped: number }[] =>
          [...said.matchAll(/([\d.]+) M-V:.*?fd= *(\d+)/g)].map((line) => ({
            s: Number(line[1]),
            dropped: Number(line[2]),
          }));
        const played = await eventually(
          'three seconds of play',
          clocks,
          (all) => (all.at(-1)?.s ?? 0) - (all[0]?.s ?? 0) > 3,
          20_000,
        );
        expect(played.at(-1)?.dropped).toBeLessThan(10);
        expect(said.split(/[\r\n]/).filter((line) => /\[(error|fatal)\]/.test(line))).toEqual([]);
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    },
  );
});
