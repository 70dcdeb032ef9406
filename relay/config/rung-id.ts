/** The name of a declared rung: what is written, or the height of its picture. */
import type { EncodeConfig } from './schema.ts';

type Declared = Exclude<EncodeConfig['rungs'], 'auto'>[number];

export const rungId = ({ id, size }: Declared): string => id ?? size.slice(size.indexOf('x') + 1);
