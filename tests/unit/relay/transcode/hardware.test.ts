import { describe, expect, it } from 'vitest';
import { HARDWARE_ENCODERS, HardwareTrust, listedHardware } from '../../../../relay/transcode/hardware.ts';

const [nvenc, qsv] = HARDWARE_ENCODERS;

describe('listedHardware', () => {
  it('finds the encoders of this ffmpeg, the preferred first', () => {
    const listed =
      ' V..... h264_vaapi  H.264 (VAAPI)\n V....D libx264  x264\n V....D h264_nvenc  NVIDIA NVENC\n A....D h264_qsv  no video\n';
    expect(listedHardware(listed).map(({ name }) => name)).toEqual(['h264_nvenc', 'h264_vaapi']);
  });
});

describe('HardwareTrust', () => {
  it('ends with two errors within a minute, for that encoder alone', () => {
    if (nvenc === undefined || qsv === undefined) throw new Error('no encoders');
    const trust = new HardwareTrust();
    expect(trust.failed(nvenc, 0)).toBe(false);
    expect(trust.failed(nvenc, 61_000)).toBe(false);
    expect(trust.trusts(nvenc)).toBe(true);
    expect(trust.failed(nvenc, 90_000)).toBe(true);
    expect(trust.trusts(nvenc)).toBe(false);
    expect(trust.failed(nvenc, 91_000)).toBe(false);
    expect(trust.trusts(qsv)).toBe(true);
  });
});
