/** Runs in a web page: the page's side of case-pages.ts. */

/** What the test gave to the page. */
export interface Given<Media> {
  readonly media: Media;
  /** Address of the worker that hls.js ships. */
  readonly workerUrl: string;
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Of base64. */
export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

let received: Given<unknown> | undefined;

/** @throws Error when the test gave nothing yet */
export function given<Media>(): Given<Media> {
  if (received === undefined) throw new Error('the page was given no media');
  return received as Given<Media>;
}

/** What the test may call, by name. */
export function expose(cases: object): void {
  Object.assign(globalThis, {
    cases,
    begin(media: unknown, worker: string) {
      const workerUrl = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
      received = { media, workerUrl };
    },
  });
}
