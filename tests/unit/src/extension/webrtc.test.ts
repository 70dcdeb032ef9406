import { describe, expect, it } from 'vitest';
import { receivesH264 } from '../../../../src/extension/webrtc.ts';

const receiver = (...mimeTypes: string[]) => ({
  getCapabilities: () => ({ codecs: mimeTypes.map((mimeType) => ({ mimeType })) }),
});

describe('receivesH264', () => {
  it.each([
    ['a browser that has it', receiver('video/VP8', 'video/H264'), true],
    ['one that writes it otherwise', receiver('video/h264'), true],
    ['Firefox before its plug-in is there', receiver('video/VP8', 'video/VP9', 'video/AV1'), false],
    ['one that does not tell', { getCapabilities: () => null }, true],
    ['one without WebRTC', undefined, false],
  ])('answers for %s', (_what, given, answer) => {
    expect(receivesH264(given)).toBe(answer);
  });
});
