/** Random bytes, `count` of them, from a cryptographic source. */
export type Random = (count: number) => Uint8Array;
