/**
 * The synthetic camera: an ffmpeg filter graph that draws a calm landscape, different for each camera, with
 * something that moves, the camera's name, a clock, and the strip of src/wire/strip.ts. The landscape is
 * computed once and repeated, so that a frame costs little more than its copy. Pure: builds text.
 */
import { STRIP, STRIP_WRAP_MS } from '../../src/wire/strip.ts';
import { evenSize, type Size } from './sizes.ts';

export interface TestScene {
  /** Chooses the landscape. */
  readonly id: string;
  readonly name: string;
  readonly size: Size;
  readonly fps: number;
  /** Draw name and clock; needs a font on the host. */
  readonly text: boolean;
  /** Pace frames by the wall clock. Without it they come as fast as the host can (self-test). */
  readonly realtime: boolean;
}

/** Larger pictures are drawn at a whole fraction of their size and enlarged. */
const MAX_DRAWN: Size = { width: 1280, height: 720 };

/**
 * A wider landscape is computed at half its size: hills and sky are soft, and each pixel is an expression. At 1280x720 that
 * took 3.7 s beside a wall, which is how long a tile waited that was enlarged.
 */
const SOFT_FROM = 640;

/** Colours from the sky's top down to the water. */
interface Palette {
  readonly sky: string;
  readonly horizon: string;
  readonly sun: string;
  readonly hills: string;
  readonly water: string;
}

const PALETTES: readonly Palette[] = [
  { sky: '5b8fc7', horizon: 'dbe4d4', sun: 'fff6d0', hills: '5c7f86', water: '3f6f8f' },
  { sky: '3d4f86', horizon: 'f0b48c', sun: 'ffe2b0', hills: '6a5474', water: '3a3f63' },
  { sky: '6d8798', horizon: 'cfd6d2', sun: 'f2f2ea', hills: '6f8378', water: '4f6a74' },
  { sky: '16233f', horizon: '3f5f7f', sun: 'dfe8f5', hills: '24384f', water: '101c30' },
  { sky: '7fb0b5', horizon: 'f3dfb8', sun: 'fff3d6', hills: '9a8a5e', water: '4c8288' },
  { sky: '54719f', horizon: 'e6c7cf', sun: 'fbe9e4', hills: '70668c', water: '465680' },
];

/** A filter graph for `-f lavfi -i`. */
export function testSceneGraph(scene: TestScene): string {
  const size = evenSize(scene.size);
  const drawn = drawnSize(size);
  const land =
    drawn.width > SOFT_FROM ? evenSize({ width: drawn.width / 2, height: drawn.height / 2 }) : drawn;
  const seed = hash(scene.id);
  const palette = PALETTES[seed % PALETTES.length] ?? PALETTES[0];
  if (palette === undefined) throw new RangeError('no palette');
  const still = [
    `color=c=black:s=${dimensions(land)}:r=${scene.fps}`,
    'trim=end_frame=1',
    'format=gbrp',
    landscape(palette, seed),
    'format=yuv420p',
    ...(land === drawn ? [] : [`scale=${drawn.width}:${drawn.height}:flags=bicubic`]),
    'loop=loop=-1:size=1',
    // Not N/fps/TB: that is cut off to the frame before for some N (first 123 at 30 fps), and one frame comes early.
    `settb=1/${scene.fps}`,
    'setpts=N',
  ];
  const graph = [
    [...still, ...clock(scene.realtime), ...labels(scene, drawn), 'split[picture][time]'].join(','),
    `${cloud(drawn)}[cloud]`,
    `${boat(drawn)}[boat]`,
    `[time]${strip(drawn)}[strip]`,
    `[picture][cloud]overlay=x='mod(t*${Math.round(drawn.width / 160)}+${seed % drawn.width},W+w)-w':y=H*0.16[p1]`,
    `[p1][boat]overlay=x='mod(t*${Math.round(drawn.width / 12)}+${seed % 97},W+w)-w':y='H*0.72+H*0.006*sin(t*2)'[p2]`,
    '[p2][strip]overlay=0:0',
  ].join(';');
  if (drawn.width === size.width && drawn.height === size.height) return graph;
  return `${graph},scale=${size.width}:${size.height}:flags=neighbor`;
}

const dimensions = ({ width, height }: Size): string => `${width}x${height}`;

function drawnSize(size: Size): Size {
  const factor = Math.max(
    1,
    Math.ceil(Math.max(size.width / MAX_DRAWN.width, size.height / MAX_DRAWN.height)),
  );
  return evenSize({ width: size.width / factor, height: size.height / factor });
}

/**
 * Frames leave at their time and carry the wall clock as their timestamp, in ms, so that an expression of `T`
 * further on is the wall clock. ffmpeg takes the first one off again before it encodes.
 */
const clock = (realtime: boolean): string[] =>
  realtime ? ['realtime', 'settb=1/1000', 'setpts=RTCTIME/1000'] : ['settb=1/1000'];

/** One frame of sky with a sun, hills and the water with the sun's glint, by position only. */
function landscape(palette: Palette, seed: number): string {
  const phase = (seed % 63) / 10;
  const sunX = 0.2 + (seed % 7) / 11;
  const far = `0.60+0.05*sin(X/W*7+${phase})+0.02*sin(X/W*17+${(phase * 2).toFixed(1)})`;
  const shore = `0.76+0.012*sin(X/W*5+${(phase * 3).toFixed(1)})`;
  const glint = `exp(-abs(X/W-${sunX.toFixed(3)})/(0.03+0.3*(Y/H-0.75)))*(0.6+0.4*sin(Y/H*260))`;
  const glow = `exp(-hypot(X-W*${sunX.toFixed(3)},Y-H*0.40)/(H*0.13))`;
  const channel = (at: number): string => {
    const sky = byte(palette.sky, at);
    const horizon = byte(palette.horizon, at);
    const sun = byte(palette.sun, at);
    const air = `${sky}+(${horizon}-${sky})*min(Y/H/0.66,1)`;
    const lit = `st(0,${air})+(${sun}-ld(0))*${glow}`;
    const water = `${byte(palette.water, at)}+0.35*(${sun}-${byte(palette.water, at)})*${glint}`;
    return `if(gt(Y/H,${shore}),${water},if(gt(Y/H,${far}),${byte(palette.hills, at)},${lit}))`;
  };
  return `geq=r='${channel(0)}':g='${channel(1)}':b='${channel(2)}'`;
}

const byte = (colour: string, at: number): number => Number.parseInt(colour.slice(at * 2, at * 2 + 2), 16);

/** A soft white ellipse, one frame: overlay repeats it. */
function cloud(drawn: Size): string {
  const { width, height } = evenSize({ width: drawn.width / 4, height: drawn.height / 9 });
  const alpha = '150*max(0,1-pow(2*X/W-1,2)-pow(2*Y/H-1,2))*(0.8+0.2*sin(X/9)*sin(Y/5))';
  return `color=c=white:s=${width}x${height}:d=0.04,format=yuva420p,geq=lum='lum(X,Y)':cb=128:cr=128:a='${alpha}',trim=end_frame=1`;
}

/** A small hull with a sail, one frame. */
function boat(drawn: Size): string {
  const { width, height } = evenSize({ width: drawn.width / 12, height: drawn.height / 9 });
  const hull = 'between(Y/H,0.74,0.96)*lt(abs(X/W-0.5),0.46-0.5*(Y/H-0.74))';
  const sail = 'between(Y/H,0.06,0.70)*between(X/W-0.52,0,0.42*(Y/H-0.06))';
  return `color=c=white:s=${width}x${height}:d=0.04,format=yuva420p,geq=lum='if(gt(Y/H,0.72),70,225)':cb=128:cr='if(gt(Y/H,0.72),160,128)':a='255*max(${hull},${sail})',trim=end_frame=1`;
}

/** Cuts a small piece off the picture only to have frames with its timestamps, and draws the cells into it. */
function strip({ width, height }: Size): string {
  const ms = `mod(floor(T*1000+0.5),${STRIP_WRAP_MS})`;
  const { cells, clockBits, checkModulus } = STRIP;
  const bit = `if(lt(X,${clockBits}),${ms}/pow(2,X),mod(${ms},${checkModulus})/pow(2,X-${clockBits}))`;
  const stripHeight = Math.ceil((height * STRIP.heightRatio) / 2) * 2;
  return [
    `crop=${cells}:2:0:0`,
    `geq=lum='16+219*mod(floor(${bit}),2)':cb=128:cr=128`,
    `scale=${width}:${stripHeight}:flags=neighbor`,
    'format=yuv420p',
  ].join(',');
}

function labels(scene: TestScene, { height }: Size): string[] {
  if (!scene.text) return [];
  // Below the clock strip: the wall's own bar covers the bottom.
  const style = `fontsize=${Math.round(height / 17)}:fontcolor=white:shadowcolor=black@0.6:shadowx=1:shadowy=1:y=h*0.1`;
  const name = plainText(scene.name);
  return [
    ...(name === '' ? [] : [`drawtext=expansion=none:text='${name}':x=w*0.03:${style}`]),
    `drawtext=text='%{localtime\\:%T}':x=w*0.97-tw:${style}`,
  ];
}

/** Letters, digits and a few signs that mean nothing in a filter graph; the rest becomes blanks. */
const plainText = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N}._-]+/gu, ' ')
    .trim()
    .slice(0, 40);

/** FNV-1a: spreads similar ids over the palettes. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
