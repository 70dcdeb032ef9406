/** Where each tile stands. Pure: numbers in, rectangles out, all in CSS pixels. */

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface LayoutInput {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Width over height of the pictures. */
  readonly aspect: number;
  /** Position of the enlarged tile; the others become a strip beside it. */
  readonly enlarged?: number | undefined;
}

export const GAP_PX = 6;
/** Long side of the strip beside an enlarged picture, as a share of the wall, and its limits. */
const STRIP = { share: 0.18, minPx: 120, maxPx: 260 };

/** One rectangle for each tile, in order. */
export function layoutTiles(input: LayoutInput): Rect[] {
  const { count, width, height, enlarged } = input;
  if (count <= 0 || width <= 0 || height <= 0) return [];
  return enlarged === undefined || enlarged >= count || count === 1
    ? grid(input)
    : spotlight(input, enlarged);
}

/** The number of columns that makes the tiles largest, then every row centred. */
function grid({ count, width, height, aspect }: LayoutInput): Rect[] {
  let best = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = Math.min(
      (width - GAP_PX * (columns - 1)) / columns,
      ((height - GAP_PX * (rows - 1)) / rows) * aspect,
    );
    if (tile > best.tile) best = { columns, tile };
  }
  const { columns, tile } = best;
  const tileHeight = tile / aspect;
  const rows = Math.ceil(count / columns);
  const top = (height - rows * tileHeight - (rows - 1) * GAP_PX) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (width - inRow * tile - (inRow - 1) * GAP_PX) / 2;
    return {
      left: left + (index - row * columns) * (tile + GAP_PX),
      top: top + row * (tileHeight + GAP_PX),
      width: tile,
      height: tileHeight,
    };
  });
}

/** One large picture, the others in a strip at the right, or below it where the wall is taller than wide. */
function spotlight({ count, width, height, aspect }: LayoutInput, enlarged: number): Rect[] {
  const beside = width >= height;
  const others = count - 1;
  const along = beside ? height : width;
  const room = (along - GAP_PX * (others - 1)) / others;
  const wanted = Math.min(STRIP.maxPx, Math.max(STRIP.minPx, (beside ? width : height) * STRIP.share));
  // Thumbnails keep their shape; many of them make the strip thinner.
  const across = beside ? Math.min(wanted, room * aspect) : Math.min(wanted, room / aspect);
  const thumb = beside
    ? { width: across, height: across / aspect }
    : { width: across * aspect, height: across };
  const stripLength = others * (beside ? thumb.height : thumb.width) + (others - 1) * GAP_PX;
  const start = (along - stripLength) / 2;
  const main = centred(
    beside ? width - across - GAP_PX : width,
    beside ? height : height - across - GAP_PX,
    aspect,
  );
  return Array.from({ length: count }, (_, index) => {
    if (index === enlarged) return main;
    const step = index < enlarged ? index : index - 1;
    return beside
      ? { left: width - across, top: start + step * (thumb.height + GAP_PX), ...thumb }
      : { left: start + step * (thumb.width + GAP_PX), top: height - across, ...thumb };
  });
}

function centred(width: number, height: number, aspect: number): Rect {
  const fitted = Math.min(width, height * aspect);
  return {
    left: (width - fitted) / 2,
    top: (height - fitted / aspect) / 2,
    width: fitted,
    height: fitted / aspect,
  };
}
