/** What real ffmpeg writes, a fragment for each frame, becomes parts: the same pictures at the same times. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, type TestContext } from 'vitest';
import { FrameReader } from '../../relay/media/frame-reader.ts';
import { PartGrouper } from '../../relay/media/part-grouper.ts';
import { writePart } from '../../relay/media/part-writer.ts';
import { RunFeed } from '../../relay/media/run-feed.ts';
import { mediaClock } from '../../src/wire/ports.ts';
import { Timeline } from '../../src/wire/timeline.ts';

const PART_MS = 67;
const FRAGMENTS = ['-f', 'mp4', '-movflags', '+empty_moov+default_base_moof+frag_every_frame'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
/** What a bitstream filter calls a tick: the muxer's in ffmpeg 5, the encoder's since 7. */
const TICKS = ['-fps_mode', 'passthrough', '-enc_time_base', '1:12800'];
const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast'];
const HAS_X265 = spawnSync('ffmpeg', ['-v', 'error', '-h', 'encoder=libx265']).stdout.includes('libx265');

function run(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { stdout, stderr, status } = spawnSync(program, ['-v', 'error', ...args], {
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

const clip = (...encode: readonly string[]): Buffer =>
  run('ffmpeg', [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', '1.6', ...encode],
    ...['-g', '17', ...FRAGMENTS, '-'],
  ]);

/** The clip in parts, read in pieces as a pipe gives them. */
function parts(media: Uint8Array): { codecs: string; counts: number[]; bytes: Buffer } {
  const reader = new FrameReader();
  const grouper = new PartGrouper(PART_MS);
  const items = Array.from({ length: Math.ceil(media.length / 1000) }, (_, n) =>
    reader.push(media.subarray(n * 1000, n * 1000 + 1000)),
  ).flat();
  const init = items.find((item) => item.kind === 'init');
  if (init === undefined) throw new Error('no header');
  const groups = items.flatMap((item) => (item.kind === 'frame' ? grouper.push(item) : []));
  groups.push(...grouper.flush());
  return {
    codecs: init.codecs,
    counts: groups.map(({ frames }) => frames.length),
    bytes: Buffer.concat([init.bytes, ...groups.map((group, n) => writePart(group, init, n + 1))]),
  };
}

const pictures = (media: Uint8Array): string =>
  run('ffmpeg', ['-i', '-', '-f', 'framemd5', '-'], media).toString();
const packets = (media: Uint8Array): string =>
  run(
    'ffprobe',
    ['-show_entries', 'packet=pts,dts,duration,flags,size', '-of', 'csv', '-i', '-'],
    media,
  ).toString();

describe('parts', () => {
  it.each([
    ['H.264', [...X264, '-tune', 'zerolatency'], 'avc1.42c00c'],
    ['H.264 with B-frames', ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-bf', '3'], 'avc1.64000c'],
  ])('of %s have its pictures and its times', (_what, encode, codecs) => {
    const media = clip(...encode);
    const made = parts(media);
    expect(made.codecs).toBe(codecs);
    expect(made.counts.every((count) => count <= 2)).toBe(true);
    expect(pictures(made.bytes)).toBe(pictures(media));
    expect(packets(made.bytes)).toBe(packets(media));
  });

  const params = (more: string): string[] => ['-x265-params', `log-level=error${more}`];
  it.skipIf(!HAS_X265).each([
    ['Main', ['-pix_fmt', 'yuv420p', ...params('')], 'hvc1', ['1', '6', 'L60', '90']],
    ['Main with B-frames', ['-pix_fmt', 'yuv420p', ...params(':bframes=3')], 'hvc1', ['1', '6', 'L60', '90']],
    ['Main 10', ['-pix_fmt', 'yuv420p10le', ...params('')], 'hvc1', ['2', '4', 'L60', '90']],
    [
      'Main, level 5.1, high tier',
      ['-pix_fmt', 'yuv420p', ...params(':level-idc=5.1:high-tier=1:vbv-maxrate=50000:vbv-bufsize=50000')],
      'hev1',
      ['1', '6', 'H153', '90'],
    ],
    ['4:2:2 of 10 bits', ['-pix_fmt', 'yuv422p10le', ...params('')], 'hvc1', ['4', '10', 'L60', '9D', '8']],
  ])('of HEVC %s have its pictures, its times and its name', (_what, encode, tag, name) => {
    const media = clip(...X265, ...encode, '-tag:v', tag);
    const made = parts(media);
    expect(made.codecs).toBe([tag, ...name].join('.'));
    expect(pictures(made.bytes)).toBe(pictures(media));
    expect(packets(made.bytes)).toBe(packets(media));
    // What ffprobe reads from the pictures' own parameter sets.
    const [level] = run('ffprobe', ['-show_entries', 'stream=level', '-of', 'csv=p=0', '-i', '-'], media)
      .toString()
      .split('\n');
    expect(name[2]?.slice(1)).toBe(level);
  });
});

describe('a stream whose clock is not to be used', () => {
  /** Plays a live picture with these time stamps for some seconds. */
  async function played({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, setts: string, ms: number) {
    const timeline = new Timeline({ windowMs: 30_000 });
    const said: string[] = [];
    const events = {
      onInit: () => undefined,
      onMedia: () => undefined,
      onRetimed: (reason: string) => said.push(reason),
      onFault: (problem: string) => said.push(`fault: ${problem}`),
    };
    const feed = new RunFeed({ timeline, mediaClock, partMs: PART_MS }).open(events, { cameraTimes: true });
    const child = spawn(
      'ffmpeg',
      [
        ...['-v', 'quiet', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', ...X264],
        ...['-tune', 'zerolatency', '-g', '26', ...TICKS, '-bsf:v', `setts=${setts}`, ...FRAGMENTS],
        ...['-flush_packets', '1', 'pipe:1'],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const ended = once(child, 'close');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    child.stdout.on('data', (chunk: Buffer) => feed.push(chunk));
    await new Promise((resolve) => setTimeout(resolve, ms));
    const held = timeline.segments.flatMap(({ parts: of }) => of);
    return { said, held, edgeMs: (timeline.edgePdtMs ?? Number.NaN) - mediaClock.now() };
  }

  // Side by side: each takes its time, and pictures this small are little work.
  it.concurrent.for([
    ['stands still', 'ts=N', 'stand still'],
    ['runs at a third', 'ts=PTS/3', 'run slow'],
    // ffmpeg then gives each packet one tick more than the one before it.
    ['is set back', "ts='if(gt(N,40),PTS-100000,PTS)'", 'stand still'],
  ] as const)('plays on at its real rate when it %s', async ([_what, setts, words], context) => {
    const { said, held, edgeMs } = await played(context, setts, 7_000);
    expect(said).toEqual([`its time stamps ${words}: pictures are timed by their arrival`]);
    expect(Math.abs(edgeMs)).toBeLessThan(250);
    const newest = held.slice(-20);
    const perFrameMs = newest.map(({ durationMs }) => durationMs / 2);
    expect(Math.min(...perFrameMs)).toBeGreaterThan(25);
    expect(Math.max(...perFrameMs)).toBeLessThan(65);
  });
});
