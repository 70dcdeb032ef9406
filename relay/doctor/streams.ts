/** Judges the streams of one camera against each other: which is missing, and which is not what it seems. Pure. */
import { pixels, type Size, sizeText } from '../source/sizes.ts';
import { type Finding, ok, warn } from './finding.ts';
import { grey, likeness } from './likeness.ts';
import type { StreamFacts } from './stream-look.ts';

export interface SeenStream {
  /** The camera, and which of its streams. */
  readonly where: string;
  /** Or why nothing is known of it, as half a sentence. */
  readonly facts: StreamFacts | string;
}

/** Up to here a main stream is small enough for any wall tile. */
const SMALL: Size = { width: 1280, height: 720 };
/** Encoders round sizes to whole blocks, as in 1920x1088. */
const SAME_SHAPE = 0.03;
/** One scene, a moment apart, is nearly the same picture and correlates by nearly 1; two scenes by about nothing. */
const ALIKE = 0.5;
/** Twice what is advised and more: whoever opens a tile notices. */
const FAR_APART_MS = 5_000;
/** As ffmpeg and as people call them. */
const NAMES: Readonly<Record<string, string>> = { h264: 'H.264', hevc: 'H.265', mjpeg: 'Motion JPEG' };

/**
 * @param where the camera, which is where its main stream is
 * @param hasSubstreams whether the configuration names some, seen or not
 * @param streams those that were looked at
 */
export function judgeStreams(
  where: string,
  hasSubstreams: boolean,
  streams: readonly SeenStream[],
): Finding[] {
  const main = streams.find((stream) => stream.where === where);
  return streams.flatMap((stream) => {
    if (stream === main)
      return [seen(stream), ...foreign(stream), ...rare(stream), ...(hasSubstreams ? [] : lacking(stream))];
    return [
      seen(stream),
      ...foreign(stream),
      ...rare(stream),
      ...(main === undefined ? [] : compared(main, stream)),
    ];
  });
}

function seen({ where, facts }: SeenStream): Finding {
  if (typeof facts === 'string') {
    return warn(
      where,
      `no picture could be read: ${facts}`,
      'Try the address in a player. Some cameras give each stream to one viewer only: close the others.',
    );
  }
  return ok(where, `sends ${streamText(facts)}`);
}

/** As in `H.264, 1920x1080, a keyframe every 2.0 s`. */
export function streamText({ codec, size, gopMs }: StreamFacts): string {
  const keyframes = typeof gopMs === 'number' ? [`a keyframe every ${(gopMs / 1000).toFixed(1)} s`] : [];
  return [NAMES[codec] ?? codec, sizeText(size), ...keyframes].join(', ');
}

/** What the relay passes on, as ffmpeg calls it. */
const PASSED_ON: readonly string[] = ['h264', 'hevc'];

function foreign({ where, facts }: SeenStream): Finding[] {
  if (typeof facts === 'string' || PASSED_ON.includes(facts.codec)) return [];
  return [
    warn(
      where,
      `is neither H.264 nor H.265: this host decodes and encodes it all the time, at ${sizeText(facts.size)}`,
      'Set H.264 for this stream in the camera, or take another one of its streams.',
    ),
  ];
}

function rare({ where, facts }: SeenStream): Finding[] {
  if (typeof facts === 'string' || facts.gopMs === undefined) return [];
  const { gopMs } = facts;
  if (gopMs !== 'rare' && gopMs < FAR_APART_MS) return [];
  const often = gopMs === 'rare' ? 'sent no second keyframe in ten seconds' : 'has its keyframes far apart';
  return [
    warn(
      where,
      `${often}: the first picture of a tile, and each change of its size, waits for the next one`,
      'Set the distance of keyframes (GOP, I-frame interval) in the camera to 1 to 2 s, and switch "smart" codecs (H.264+, H.265+) off: docs/cameras.md.',
    ),
  ];
}

function lacking({ where, facts }: SeenStream): Finding[] {
  if (typeof facts === 'string' || pixels(facts.size) <= pixels(SMALL)) return [];
  const times = pixels(facts.size) / pixels(SMALL);
  return [
    warn(
      where,
      `has no substream: for each small tile this host decodes ${sizeText(facts.size)}, ${times.toFixed(1)} times as much as ${sizeText(SMALL)}, and encodes it anew, or the browser decodes it in full`,
      'Add the smaller stream of the camera under "source.substreams": then nothing is decoded or encoded here. docs/cameras.md has the addresses of common makes.',
    ),
  ];
}

function compared(main: SeenStream, { where, facts }: SeenStream): Finding[] {
  if (typeof facts === 'string' || typeof main.facts === 'string') return [];
  const [own, large] = [facts.size, main.facts.size];
  const findings: Finding[] = [];
  if (pixels(own) >= pixels(large)) {
    findings.push(
      warn(
        where,
        `is ${pixels(own) === pixels(large) ? 'as large as' : 'larger than'} the main stream (${sizeText(own)} beside ${sizeText(large)})`,
        'Exchange the two addresses, or set a smaller size for the substream in the camera: 640x360 suits a wall.',
      ),
    );
  }
  const difference = (own.width * large.height) / (own.height * large.width) - 1;
  if (Math.abs(difference) > SAME_SHAPE) {
    findings.push(
      warn(
        where,
        `has another shape than the main stream (${sizeText(own)} beside ${sizeText(large)}): it may be another camera, or a cropped or squeezed picture`,
        'Look at both in a player. If it is the same camera, set a size of the same shape for its substream.',
      ),
    );
  }
  const alike = facts.still && main.facts.still && likeness(grey(facts.still), grey(main.facts.still));
  if (alike !== undefined && alike < ALIKE) {
    findings.push(
      warn(
        where,
        `does not look like the main stream (their pictures correlate by ${alike.toFixed(2)}, those of one scene by nearly 1): it seems to be another camera`,
        'Look at both in a player, and correct the address that is wrong. A tile would change over to another scene.',
      ),
    );
  }
  return findings;
}
