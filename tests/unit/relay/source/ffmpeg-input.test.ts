import { describe, expect, it } from 'vitest';
import { ffmpegInput } from '../../../../relay/source/ffmpeg-input.ts';

describe('ffmpegInput', () => {
  it('keeps what it read of a camera while it found out what that is: its first keyframe is among it', () => {
    const source = { type: 'rtsp', url: 'rtsp://cam.lan/main' } as const;
    const { args, stdin } = ffmpegInput({ id: 'door', source }, false);
    expect(`${args.join(' ')}\n${stdin}`).toContain('fpsprobesize 0');
    expect(`${args.join(' ')}\n${stdin}`).not.toContain('nobuffer');
  });

  it('begins with the newest picture of a device', () => {
    const { args } = ffmpegInput({ id: 'door', source: { type: 'v4l2', device: '/dev/video0' } }, false);
    expect(args.join(' ')).toContain('-fflags nobuffer');
  });
});
