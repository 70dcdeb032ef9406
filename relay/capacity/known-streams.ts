/**
 * Which streams of cameras are known to send their pictures in the order in which they show them, by their header. Pure.
 *
 * ffmpeg decodes seven pictures of an H.264 stream to find that out, and holds them back meanwhile: 0.3 s at 25 pictures a
 * second, 1.4 s at 5. Of a stream that is known it decodes one. A camera that was set otherwise sends another header, and
 * is looked at in full again.
 */

/** One stream, under a name of its own. */
export interface KnownStream {
  /** Of the header that it had; undefined: not known. */
  readonly header: string | undefined;
  /** `undefined`: it is not known any more. */
  learn(header: string | undefined): void;
}

export class KnownStreams {
  readonly #headers: Map<string, string>;
  readonly #onChange: () => void;

  constructor(headers: Readonly<Record<string, string>>, onChange: () => void) {
    this.#headers = new Map(Object.entries(headers));
    this.#onChange = onChange;
  }

  get headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#headers);
  }

  /** What is known of other cameras is forgotten: to learn it again costs one start of a camera that comes back. */
  keepOnly(cameraIds: readonly string[]): void {
    const gone = [...this.#headers.keys()].filter((name) => !cameraIds.includes(name.split('/')[0] ?? ''));
    for (const name of gone) this.#headers.delete(name);
    if (gone.length > 0) this.#onChange();
  }

  /** @param name as in `front/main` */
  stream(name: string): KnownStream {
    const headers = this.#headers;
    return {
      get header() {
        return headers.get(name);
      },
      learn: (header) => {
        if (header === headers.get(name)) return;
        if (header === undefined) headers.delete(name);
        else headers.set(name, header);
        this.#onChange();
      },
    };
  }
}
