/** Which of a camera's streams the wall takes. Pure. */

export interface CameraStream {
  /** Name of its profile in the camera. */
  readonly name: string;
  /** Address without user and password. */
  readonly url: string;
  /** As ONVIF names it: H264, H265, JPEG, MPEG4; undefined when the camera does not say. */
  readonly codec: string | undefined;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly fps: number | undefined;
  /** Distance of keyframes in pictures. */
  readonly gop: number | undefined;
  /** Which lens or input it shows; streams of one camera that show different ones are different cameras. */
  readonly lens: string | undefined;
}

export interface ChosenStreams {
  readonly main: CameraStream;
  readonly sub: CameraStream | undefined;
}

/** What a tile of a wall needs. */
const TILE_PIXELS = 640 * 360;
/** A substream must be worth a connection of its own. */
const MUCH_SMALLER = 2;
/** Encoders round sizes to whole blocks, as in 1920x1088. */
const SAME_SHAPE = 0.03;

/** One pair for each lens, in the camera's order. */
export function chooseStreams(streams: readonly CameraStream[]): readonly ChosenStreams[] {
  const all = unique(streams);
  return [...new Set(all.map(({ lens }) => lens))].flatMap((lens) => {
    const own = all.filter((stream) => stream.lens === lens);
    const main = own.toSorted(compareMain)[0];
    return main === undefined ? [] : [{ main, sub: substreamOf(main, own) }];
  });
}

/** Whether the wall can pass the stream on as it is. */
export const passedOn = ({ codec }: CameraStream): boolean =>
  codec === undefined || codec === 'H264' || codec === 'H265';

const pixels = ({ size }: CameraStream): number => (size === undefined ? 0 : size.width * size.height);

/** Of one size H.264, which every browser plays. */
function compareMain(one: CameraStream, other: CameraStream): number {
  return (
    Number(passedOn(other)) - Number(passedOn(one)) ||
    pixels(other) - pixels(one) ||
    Number(other.codec === 'H264') - Number(one.codec === 'H264')
  );
}

/** Of the right shape rather than of another, H.264 rather than H.265, then the nearest to a tile in size. */
function substreamOf(main: CameraStream, streams: readonly CameraStream[]): CameraStream | undefined {
  const far = (stream: CameraStream): number => Math.abs(Math.log(pixels(stream) / TILE_PIXELS));
  return streams
    .filter(
      (stream) => passedOn(stream) && pixels(stream) > 0 && pixels(stream) * MUCH_SMALLER <= pixels(main),
    )
    .toSorted(
      (one, other) =>
        Number(sameShape(other, main)) - Number(sameShape(one, main)) ||
        Number(other.codec === 'H264') - Number(one.codec === 'H264') ||
        far(one) - far(other),
    )[0];
}

function sameShape({ size: one }: CameraStream, { size: other }: CameraStream): boolean {
  if (one === undefined || other === undefined) return true;
  return Math.abs((one.width * other.height) / (one.height * other.width) - 1) <= SAME_SHAPE;
}

/** Several profiles may lead to one stream. */
function unique(streams: readonly CameraStream[]): readonly CameraStream[] {
  return [...new Map(streams.map((stream) => [stream.url, stream])).values()];
}
