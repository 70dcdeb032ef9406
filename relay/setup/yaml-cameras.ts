/** Cameras of a configuration, renamed, moved and removed in its text: comments stay with what they are about. Pure. */
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { parseText, textOf } from './yaml-text.ts';

/** What the file says cannot be changed this way; the message is a sentence with what to do. */
export class YamlShapeError extends Error {
  override readonly name = 'YamlShapeError';
}

/**
 * @param text of a valid configuration, here and below
 * @param id of one of its cameras, here and below
 * @throws YamlShapeError when the camera is written as a reference
 */
export function withName(text: string, id: string, name: string): string {
  const { document, cameras, camera } = openCamera(text, id, 'name');
  if (camera.has('name')) camera.set('name', name);
  else camera.items.splice(1 + placeOf(camera, 'id'), 0, document.createPair('name', name));
  return written(document, cameras);
}

/** @throws YamlShapeError when the camera is written as a reference */
export function withOffset(text: string, id: string, offsetMs: number): string {
  const { document, cameras, camera } = openCamera(text, id, 'offsetMs');
  camera.set('offsetMs', offsetMs);
  return written(document, cameras);
}

/** @param order all ids. @throws YamlShapeError when it is not that */
export function withOrder(text: string, order: readonly string[]): string {
  const { document, cameras, ids } = open(text);
  if (order.length !== ids.length || ids.some((id) => !order.includes(id)))
    throw new YamlShapeError('the order must name each camera once: look at the list again.');
  cameras.items = order.map((id) => cameras.items[ids.indexOf(id)]);
  return written(document, cameras);
}

export function withoutCamera(text: string, id: string): string {
  const { document, cameras, ids } = open(text);
  cameras.items.splice(ids.indexOf(id), 1);
  return written(document, cameras);
}

function open(text: string): { document: Document; cameras: YAMLSeq; ids: readonly string[] } {
  const document = parseText(text);
  const cameras = document.get('cameras');
  if (!isSeq(cameras))
    throw new YamlShapeError('the list of cameras is written as a reference (*name): change it by hand.');
  handOver(text, cameras);
  const ids = (document.toJS() as { cameras: { id: string }[] }).cameras.map(({ id }) => id);
  return { document, cameras, ids };
}

function openCamera(
  text: string,
  id: string,
  key: string,
): { document: Document; cameras: YAMLSeq; camera: YAMLMap } {
  const { document, cameras, ids } = open(text);
  const camera = cameras.items[ids.indexOf(id)];
  if (isMap(camera)) return { document, cameras, camera };
  throw new YamlShapeError(
    `camera "${id}" is written as a reference (*name) in the file: change its ${key} there by hand.`,
  );
}

function written(document: Document, cameras: YAMLSeq): string {
  const [first] = cameras.items;
  // Between the list's comment and the first camera the library would write a line of blanks.
  if (isNode(first) && cameras.commentBefore) {
    if (first.spaceBefore === true) cameras.commentBefore += '\n';
    first.spaceBefore = false;
  }
  return textOf(document);
}

const placeOf = ({ items }: YAMLMap, key: string): number =>
  items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);

/**
 * A comment above a camera is about that one. The parser gives the first one's to the list, and of the others those
 * lines to the end of the camera above: they are told by their indentation.
 */
function handOver(text: string, cameras: YAMLSeq): void {
  const [first] = cameras.items;
  if (isNode(first) && cameras.commentBefore) {
    // What stands apart from the first camera is about all of them.
    const [, above, own] = /^(?:(.*)\n[ \t]*\n)?(.*)$/s.exec(cameras.commentBefore) ?? [];
    cameras.commentBefore = above ?? null;
    first.commentBefore = joined(own, first.commentBefore);
    first.spaceBefore = above !== undefined;
  }
  cameras.items.forEach((item, n) => {
    const next = cameras.items[n + 1];
    if (!isMap(item) || item.flow === true || !isNode(next) || !item.range || !next.range) return;
    const column = columnAt(text, item.range[0]);
    const between = text.slice(endOf(item), next.range[0]).split('\n').slice(1, -1);
    const from = between.findIndex((line) => /^\s*#/.test(line) && line.search(/\S/) < column);
    if (from < 0) return;
    const moved = between.slice(from).map((line) => line.replace(/^\s*#?/, ''));
    const blank = from > 0 && between[from - 1]?.trim() === '';
    if (!taken(item, moved.join('\n'))) return;
    next.commentBefore = joined(moved.join('\n'), next.commentBefore);
    next.spaceBefore = blank || next.spaceBefore === true;
  });
}

/** Takes these last lines from whoever at the end of `camera` has them; false when nobody does. */
function taken(camera: Node, lines: string): boolean {
  for (let node: unknown = camera; isNode(node); node = lastOf(node)) {
    const { comment } = node;
    if (!comment?.endsWith(lines)) continue;
    const rest = comment.slice(0, comment.length - lines.length).replace(/\n+$/, '');
    node.comment = rest === '' ? null : rest;
    return true;
  }
  return false;
}

function lastOf(node: Node): unknown {
  if (!isMap(node) && !isSeq(node)) return undefined;
  const last: unknown = node.items.at(-1);
  return isPair(last) ? last.value : last;
}

/** Where the last value of a camera ends, without the comments behind it. */
function endOf(camera: YAMLMap): number {
  let end = camera.range?.[0] ?? 0;
  visit(camera, {
    Value: (_key, node) => {
      end = Math.max(end, node.range?.[1] ?? 0);
    },
    Collection: (_key, node) => {
      if (node.flow !== true) return undefined;
      end = Math.max(end, node.range?.[1] ?? 0);
      return visit.SKIP;
    },
  });
  return end;
}

const columnAt = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

const joined = (one: string | undefined, other: string | null | undefined): string =>
  [one, other].filter((part) => part !== undefined && part !== null && part !== '').join('\n');
