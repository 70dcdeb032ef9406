/** Takes one file out of a tar archive in memory (POSIX ustar and GNU). Pure; nothing is ever written by name. */

const BLOCK = 512;
const SIZE_AT = 124;
const CHECKSUM_AT = 148;
const TYPE_AT = 156;
/** Types of a regular file: ustar's, and the older one. */
const REGULAR = new Set(['0', '\0']);

/** The message is half a sentence, as in "the archive is damaged". */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/**
 * The content of the regular file `name` at the archive's top level, without a copy; undefined when it has none.
 * @throws TarError when the archive is damaged or ends too early
 */
export function fileFromTar(archive: Buffer, name: string): Buffer | undefined {
  let at = 0;
  while (at + BLOCK <= archive.length) {
    const header = archive.subarray(at, at + BLOCK);
    // The end is marked by blocks of zeros.
    if (header[0] === 0) return undefined;
    if (!isIntact(header)) throw new TarError('the archive is damaged');
    const bytes = octal(header, SIZE_AT, 12);
    const start = at + BLOCK;
    if (start + bytes > archive.length) throw new TarError('the archive ends too early');
    const type = String.fromCharCode(header[TYPE_AT] ?? 0);
    if (REGULAR.has(type) && text(header, 0, 100).replace(/^\.\//, '') === name) {
      return archive.subarray(start, start + bytes);
    }
    at = start + Math.ceil(bytes / BLOCK) * BLOCK;
  }
  throw new TarError('the archive ends too early');
}

/** The header's sum counts its own field as blanks. */
function isIntact(header: Buffer): boolean {
  let sum = 0;
  for (const [index, byte] of header.entries()) {
    sum += index >= CHECKSUM_AT && index < CHECKSUM_AT + 8 ? 0x20 : byte;
  }
  return sum === octal(header, CHECKSUM_AT, 8);
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('latin1');
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw new TarError('the archive is damaged');
  return Number.parseInt(digits, 8);
}
