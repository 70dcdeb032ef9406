/**
 * New addresses of a camera's streams, in the text of the configuration: nothing but them changes, not even a blank. Pure.
 */
import { type Document, isMap, isScalar, isSeq } from 'yaml';
import { YamlShapeError } from './yaml-cameras.ts';
import { parseText } from './yaml-text.ts';

/**
 * @param text of a valid configuration
 * @param id of one of its RTSP cameras
 * @param urls the old address of each stream that moved, and its new one
 * @throws YamlShapeError when one of them stands in a place that cannot be written, as behind a reference
 */
export function withAddresses(text: string, id: string, urls: ReadonlyMap<string, string>): string {
  const spans = spansOf(parseText(text), id).filter(({ url }) => urls.has(url));
  if (spans.length < urls.size) {
    throw new YamlShapeError(
      `the addresses of camera "${id}" are written as references (*name) in the file: change them there by hand.`,
    );
  }
  return spans.reduceRight(
    (left, { url, from, to }) => `${left.slice(0, from)}${JSON.stringify(urls.get(url))}${left.slice(to)}`,
    text,
  );
}

interface Span {
  readonly url: string;
  readonly from: number;
  readonly to: number;
}

/** In the order of the text. */
function spansOf(document: Document, id: string): readonly Span[] {
  const cameras = document.get('cameras');
  const camera = isSeq(cameras)
    ? cameras.items.find((item) => isMap(item) && item.get('id') === id)
    : undefined;
  const source = isMap(camera) ? camera.get('source') : undefined;
  if (!isMap(source)) return [];
  const substreams = source.get('substreams');
  return [source, ...(isSeq(substreams) ? substreams.items : [])]
    .flatMap((stream) => {
      const url = isMap(stream) ? stream.get('url', true) : undefined;
      if (!isScalar(url) || typeof url.value !== 'string' || !url.range) return [];
      return [{ url: url.value, from: url.range[0], to: url.range[1] }];
    })
    .toSorted((one, other) => one.from - other.from);
}
