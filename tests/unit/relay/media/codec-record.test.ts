/** Records as libx265 and ffmpeg 5.1 write them, and names as the standard and browsers have them. */
import { describe, expect, it } from 'vitest';
import { readAvcC, readHvcC } from '../../../../relay/media/codec-record.ts';
import { join } from '../../../support/boxes.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const sized = (bytes: Uint8Array, lengthBytes: number): Uint8Array =>
  join(hex(bytes.length.toString(16).padStart(2 * lengthBytes, '0')), bytes);
const sample = (...nals: Uint8Array[]): Uint8Array => join(...nals.map((nal) => sized(nal, 4)));

describe('an H.264 record', () => {
  const sps = hex('6742c01eaa');
  const record = join(hex('0142c01effe1'), sized(sps, 2), hex('00'));
  const slice = hex('65010203');

  it('has profile, constraints and level as its name', () => {
    expect(readAvcC('avc1', record).codecs).toBe('avc1.42c01e');
    expect(readAvcC('avc3', hex('0164001fffe0')).codecs).toBe('avc3.64001f');
    // A tiny picture: x264 calls it level 1b, which browsers refuse by name.
    expect(readAvcC('avc1', hex('01640009ffe0')).codecs).toBe('avc1.64000b');
    expect(() => readAvcC('avc1', hex('0142'))).toThrow('without a codec configuration');
  });

  it.each([
    ['none', [slice], false],
    ['the same', [sps, slice], false],
    ['another one', [hex('0910'), hex('6742c01fbb'), slice], true],
    ['one behind the picture, which belongs to nothing', [slice, hex('6742c01fbb')], false],
  ])('sees a keyframe that brings %s as parameter set', (_what, nals, changed) => {
    expect(readAvcC('avc1', record).changedBy(sample(...nals))).toBe(changed);
  });

  it('is not thrown off by lengths that point beyond the frame', () => {
    const { changedBy } = readAvcC('avc1', record);
    expect(changedBy(join(hex('000f4240'), hex('6742c01fbb')))).toBe(false);
    expect(changedBy(hex('0000'))).toBe(false);
  });

  it('knows nothing where the sets come with the pictures', () => {
    expect(readAvcC('avc3', hex('0164001fffe0')).changedBy(sample(sps, slice))).toBe(false);
  });
});

describe('an HEVC record', () => {
  const head = (general: string, level: string): Uint8Array => hex(`01${general}${level}f000fcfdf8f800000f`);
  const name = (general: string, level: string): string =>
    readHvcC('hvc1', join(head(general, level), hex('00'))).codecs;

  it.each([
    ['Main, level 2.1', '01600000009000000000003f', 'hvc1.1.6.L63.90'],
    ['Main, level 3.1, of ISO/IEC 14496-15 E.3', '0160000000b000000000005d', 'hvc1.1.6.L93.B0'],
    ['Main 10, level 4', '022000000090000000000078', 'hvc1.2.4.L120.90'],
    ['Main, high tier, level 5.1', '216000000090000000000099', 'hvc1.1.6.H153.90'],
    ['range extensions, two bytes of constraints', '04080000009d08000000003f', 'hvc1.4.10.L63.9D.8'],
    ['no constraints at all', '01600000000000000000005d', 'hvc1.1.6.L93'],
    ['a constraint behind zeros', '0160000000900000000001' + '5d', 'hvc1.1.6.L93.90.0.0.0.0.1'],
    ['a profile space of its own', '81600000009000000000005d', 'hvc1.B1.6.L93.90'],
  ])('is named by profile, compatibility, tier, level and constraints: %s', (_what, general, expected) => {
    expect(name(general.slice(0, 22), general.slice(22))).toBe(expected);
  });

  it('is refused when it is cut off', () => {
    expect(() => readHvcC('hvc1', hex('0160'))).toThrow('without a codec configuration');
  });

  const vps = hex('40010c01ffff');
  const sps = hex('420101016000');
  const pps = hex('4401c073c189');
  const idr = hex('26010203');
  const trail = hex('02010203');
  const array = (type: number, unit: Uint8Array): Uint8Array =>
    join(Uint8Array.of(0x80 | type, 0, 1), sized(unit, 2));
  const { changedBy } = readHvcC(
    'hvc1',
    join(head('0160000000900000000000', '3f'), hex('03'), array(32, vps), array(33, sps), array(34, pps)),
  );

  it.each([
    ['none', [idr], false],
    ['the same', [vps, sps, pps, idr], false],
    ['another sequence', [vps, hex('420101016001'), pps, idr], true],
    ['another picture set, which holds for itself', [vps, sps, hex('4401c073c18a'), idr], false],
    ['another one behind a slice', [trail, hex('420101016001')], false],
  ])('sees a keyframe that brings %s', (_what, nals, changed) => {
    expect(changedBy(sample(...nals))).toBe(changed);
  });
});
