/** ffmpeg's name of a codec from its RFC 6381 string. Pure. */
const NAMES: Readonly<Record<string, string>> = { avc1: 'h264', avc3: 'h264', hvc1: 'hevc', hev1: 'hevc' };

/** As in `h264`; what is not known keeps its own name. */
export function codecName(codecs: string): string {
  const [sample = ''] = codecs.split('.');
  return NAMES[sample] ?? sample;
}
