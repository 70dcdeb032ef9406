/**
 * What every encoder program is asked and answers: a job in the terms of pictures, and a plan in the terms of
 * processes. Backends are pure; running a plan and what a job should be is relay/ingest.
 */
import type { ChildSpec } from '../process/child.ts';
import type { CameraSource } from '../source/ffmpeg-input.ts';
import type { Preset } from '../source/sizes.ts';
import type { HardwareEncoder } from './hardware.ts';
import type { X264Profile } from './profiles.ts';
import type { RungPlan } from './rung.ts';

export interface EncodeJob {
  readonly camera: CameraSource;
  /** What the source is encoded to. */
  readonly rung: RungPlan;
  /** Distance of keyframes in ms. */
  readonly gopMs: number;
  readonly preset: Preset;
  readonly profile: X264Profile;
  /** The camera's own stream as it comes, not encoded. */
  readonly pass: boolean;
  /** Of a stream that is passed on it is known that its pictures come in the order in which they are shown. */
  readonly inOrder: boolean;
  /** Undefined: software. */
  readonly hardware: HardwareEncoder | undefined;
  /** Where it is published by RTSP beside the pipe; undefined: nowhere. Only ffmpeg does. */
  readonly publishUrl: string | undefined;
  /** Write name and time into the test picture. */
  readonly text: boolean;
}

export interface EncoderPlan {
  readonly spec: ChildSpec;
  /** File descriptor of its media: a fragment for each picture. */
  readonly output: number;
  /** To be cut out of everything the program says. */
  readonly secrets: readonly string[];
  /** Host and port where it publishes, see {@link EncodeJob.publishUrl}. */
  readonly publishedAt: string | undefined;
  /** The source in words without secrets, as in "front.mp4" or "192.0.2.7:554". */
  readonly where: string;
  /**
   * The picture keeps the size that the source had when it was opened, so that another size needs a new process
   * (ffmpeg 5.1 squeezes it into the first one). ffmpeg tells of it.
   */
  readonly followsSourceSize: boolean;
  /** By how much later than elsewhere pictures come out, because the encoder keeps some back. */
  readonly delayMs: number;
}

export interface EncoderBackend {
  readonly name: 'ffmpeg' | 'gstreamer';
  /** @throws CameraUrlError when the camera's address cannot be used */
  plan(job: EncodeJob): EncoderPlan;
}
