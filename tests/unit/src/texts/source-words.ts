/** Finds the words in a source file that a person could read, and the keys of texts that it asks for. */
import * as v from 'valibot';
import { parseAst } from 'vitest/node';

export interface SourceWords {
  /** Words that stand in the source itself. */
  readonly written: readonly string[];
  /** Every string: each may be a key. */
  readonly strings: ReadonlySet<string>;
  /** Of keys that are put together from parts. */
  readonly patterns: readonly RegExp[];
}

const nodeSchema = v.looseObject({ type: v.string() });
type Node = v.InferOutput<typeof nodeSchema>;

/** Attributes that are read out or shown. */
const READ_ATTRIBUTES = new Set(['title', 'aria-label', 'aria-valuetext', 'placeholder', 'alt', 'label']);
/** Attributes that are no words, whatever they hold. */
const CODE_ATTRIBUTES =
  /^(class|style|id|type|d|viewBox|stroke.*|href|src|aria-(?!label|valuetext).*|data-.*)$/;
/** What is said to these is for developers, or is a key. */
const OTHER_READERS = /^(log|#log|text|words|plural|around|querySelector|querySelectorAll|closest)$/;
/** Two words, one with a capital letter, or one beside a value; units are none. */
const SENTENCE =
  /\p{L}{2,}[,:;]? \p{L}|^\p{Lu}\p{Ll}{2,}[ .:…]*$|… \p{Ll}{4,}(?![\p{Ll}/])|\p{Ll}{4,}[,:;]? …/u;

/** How what is found is judged: as anything, as what is shown whatever it looks like, or not at all. */
type As = 'any' | 'shown' | 'code';

export function sourceWords(source: string, file: string): SourceWords {
  const written: string[] = [];
  const strings = new Set<string>();
  const patterns: RegExp[] = [];
  const found = (words: string, as: As): void => {
    const text = words.replace(/\s+/g, ' ').trim();
    if (as === 'code') return;
    if (as === 'shown' ? /\p{L}{2,}/u.test(text) : SENTENCE.test(text)) written.push(text);
  };
  const visit = (node: Node, as: As): void => {
    switch (node.type) {
      case 'JSXText':
        // Units are SI, and entities no words.
        found(String(node.value).replace(/&\w+;|^\s*m?s\s*$/g, ''), 'shown');
        return;
      case 'JSXAttribute': {
        const { name } = v.parse(v.looseObject({ name: v.string() }), node.name);
        children(node, CODE_ATTRIBUTES.test(name) ? 'code' : READ_ATTRIBUTES.has(name) ? 'shown' : 'any');
        return;
      }
      case 'Literal':
        if (typeof node.value !== 'string') return;
        strings.add(node.value);
        found(node.value, as);
        return;
      case 'TemplateLiteral': {
        const quasis = v.parse(v.array(v.object({ value: v.object({ cooked: v.string() }) })), node.quasis);
        const parts = quasis.map(({ value }) => value.cooked);
        if (parts.some((part) => /^\w+$/.test(part))) patterns.push(new RegExp(`^${parts.join('\\w+')}$`));
        found(parts.join('…'), as);
        children(node, as === 'shown' ? 'any' : as);
        return;
      }
      case 'CallExpression':
      case 'NewExpression': {
        const callee = nameOf(node.callee);
        const others = OTHER_READERS.test(callee) || /^(?!Command|Pair|Whep)\w*Error$/.test(callee);
        children(node, others ? 'code' : as === 'shown' ? 'any' : as);
        return;
      }
      case 'BinaryExpression':
        // What is compared with is a code; what is put together is shown.
        children(node, node.operator === '+' ? as : 'code');
        return;
      case 'ImportDeclaration':
      case 'TSTypeAliasDeclaration':
      case 'TSInterfaceDeclaration':
      case 'TSTypeAnnotation':
        return;
      default:
        children(node, as);
        return;
    }
  };
  const children = (node: Node, as: As): void => {
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (v.is(nodeSchema, child)) visit(child, as);
      }
    }
  };
  children(v.parse(nodeSchema, parseAst(source, { lang: file.endsWith('x') ? 'tsx' : 'ts' })), 'any');
  return { written, strings, patterns };
}

function nameOf(callee: unknown): string {
  const identifier = v.safeParse(v.looseObject({ name: v.string() }), callee);
  if (identifier.success) return identifier.output.name;
  const member = v.safeParse(v.looseObject({ property: v.looseObject({ name: v.string() }) }), callee);
  return member.success ? member.output.property.name : '';
}
