import { describe, expect, it } from 'vitest';
import { lookAtStream } from '../../../../relay/doctor/stream-look.ts';
import type { ChildSpec } from '../../../../relay/process/child.ts';
import { FakeTime } from '../../../support/fake-time.ts';

/** What ffmpeg is called with, for a camera that answers. */
async function look(picture: boolean): Promise<readonly string[]> {
  const specs: ChildSpec[] = [];
  const facts = await lookAtStream(
    {
      timers: new FakeTime(),
      spawn: (spec, events) => {
        specs.push(spec);
        void Promise.resolve().then(() => {
          events.onStderr('  Stream #0:0: Video: h264 (Main), yuv420p(progressive), 1920x1080, 25 fps\n');
          events.onEnded({ kind: 'exit', code: 0 });
        });
        return { pid: 1, signal: () => undefined };
      },
    },
    'ffmpeg',
    { type: 'rtsp', url: 'rtsp://192.0.2.7/main' },
    picture,
  );
  expect(facts).toMatchObject({ codec: 'h264', size: { width: 1920, height: 1080 } });
  return specs[0]?.args ?? [];
}

describe('a look at a stream', () => {
  it('decodes only keyframes where it decodes, and is told of none where it does not', async () => {
    expect((await look(true)).join(' ')).toContain('-skip_frame nokey');
    expect(await look(false)).not.toContain('-skip_frame');
  });
});
