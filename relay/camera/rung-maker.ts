/**
 * Makes one rung with a transcoder, as far as the host can: what it may do is relay/capacity, doing it
 * relay/transcode.
 */
import type { Cancel } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { Admission } from '../capacity/admission.ts';
import type { Capacity } from '../capacity/capacity.ts';
import type { RungPictures, Work } from '../capacity/work.ts';
import type { CameraConfig } from '../config/schema.ts';
import { codecName } from '../source/codec-name.ts';
import { bitrateAt, type Preset, pixels } from '../source/sizes.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import type { HardwareEncoder } from '../transcode/hardware.ts';
import { gopMs, startPreset, x264Profile } from '../transcode/profiles.ts';
import type { TranscodeJob } from '../transcode/transcode-plan.ts';
import { Transcoder, type TranscoderDeps } from '../transcode/transcoder.ts';
import type { RungMaker } from './camera-rung.ts';
import type { CameraStream } from './camera-stream.ts';
import type { PlannedRung } from './rung-plan.ts';

export interface TranscodedRungDeps extends Omit<TranscoderDeps, 'label' | 'onChange'> {
  readonly config: CameraConfig;
  readonly rungId: string;
  readonly target: Timeline;
  readonly host: EncoderHost;
  readonly capacity: Capacity;
  readonly publishUrl: string | undefined;
  readonly onChange: () => void;
}

interface Wish {
  readonly rung: PlannedRung;
  readonly stream: CameraStream;
}

export class TranscodedRung implements RungMaker {
  readonly #deps: TranscodedRungDeps;
  readonly #transcoder: Transcoder;
  readonly #id: string;
  #wish: Wish | undefined;
  #admitted: Admission | undefined;
  /** That it falls behind, and why, in words. */
  #behind: string | undefined;
  #endRun: Cancel | undefined;
  #runPid: number | undefined;
  #hardware: HardwareEncoder | undefined;
  #probe = new AbortController();

  constructor(deps: TranscodedRungDeps) {
    this.#deps = deps;
    this.#id = `${deps.config.id}/${deps.rungId}`;
    this.#transcoder = new Transcoder({
      ...deps,
      label: `camera ${deps.config.id} (${deps.rungId})`,
      onChange: () => this.#changed(),
    });
  }

  get keyframesOnly(): boolean {
    return this.#admitted?.kind === 'keyframes';
  }

  get limit(): string | undefined {
    const { state } = this.#transcoder;
    if (state.name === 'failed') return `rung ${this.#deps.rungId}: ${state.reason}`;
    return this.#admitted?.words ?? this.#behind;
  }

  make(rung: PlannedRung, stream: CameraStream): void {
    this.#wish = { rung, stream };
    const { encode } = this.#deps.config;
    if (encode.hardware === 'never' || encode.backend !== 'ffmpeg') {
      this.#start();
      return;
    }
    const { signal } = this.#probe;
    this.#deps.host.hardware(rung.size, signal).then(
      (hardware) => {
        this.#hardware = hardware;
        this.#start();
      },
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#probe.abort();
    this.#probe = new AbortController();
    this.#wish = undefined;
    this.#admitted = undefined;
    this.#behind = undefined;
    this.#endRunning();
    this.#deps.capacity.release(this.#id);
    await this.#transcoder.stop();
  }

  restart(reason: string): void {
    this.#transcoder.restart(reason);
  }

  forget(): void {
    this.#deps.capacity.forget(this.#id);
  }

  #start(): void {
    const wish = this.#wish;
    if (wish === undefined) return;
    this.#do(wish, this.#deps.capacity.admit(this.#id, this.#work(wish)));
  }

  #do(wish: Wish, admission: Admission): void {
    this.#admitted = admission;
    this.#behind = undefined;
    const pictures = admission.kind === 'refused' ? undefined : admission.work.rungs[0];
    if (pictures === undefined) {
      // One that runs was for another wish, and its room is not booked any more.
      this.#endRunning();
      void this.#transcoder.stop();
    } else {
      // One that runs is measured until the other one takes over.
      const job = this.#job(wish, pictures, admission.kind === 'keyframes');
      this.#transcoder.make({ source: wish.stream.ingest.timeline, job });
    }
    this.#deps.onChange();
  }

  #work({ rung, stream }: Wish): Work {
    const { seen } = stream;
    const { gopMs: keyframesMs } = stream.ingest.seen ?? {};
    return {
      source: {
        codec: codecName(seen?.codecs ?? ''),
        size: seen?.size ?? rung.size,
        fps: seen?.fps ?? rung.fps,
        gopMs: keyframesMs,
      },
      pictures: 'all',
      rungs: [{ id: rung.id, size: rung.size, fps: rung.fps, preset: this.#preset(rung) }],
    };
  }

  #preset({ size }: PlannedRung): Preset | undefined {
    const { preset, profile } = this.#deps.config.encode;
    if (this.#hardware !== undefined) return undefined;
    return preset === 'auto' ? startPreset(profile, size) : preset;
  }

  #job({ rung, stream }: Wish, pictures: RungPictures, keyframesOnly: boolean): TranscodeJob {
    const { size, preset } = pictures;
    // Keyframes come when they come; the rate is that of the clock that they are written by.
    const fps = keyframesOnly ? rung.fps : pictures.fps;
    const { config, host, publishUrl } = this.#deps;
    const { encode } = config;
    const same = pixels(size) === pixels(rung.size) && fps === rung.fps;
    const bitrateKbps = same ? rung.bitrateKbps : bitrateAt(size, fps);
    return {
      backend: encode.backend,
      ffmpeg: host.ffmpeg,
      rung: { id: rung.id, size, expected: size, fps, bitrateKbps, constantQuality: false },
      sourceSize: stream.seen?.size,
      sourceFps: stream.seen?.fps ?? fps,
      keyframesOnly,
      preset: preset ?? 'ultrafast',
      profile: x264Profile(encode.profile, size),
      hardware: this.#hardware,
      gopMs: gopMs(encode),
      publishUrl,
    };
  }

  #changed(): void {
    const pid = this.#transcoder.figures?.pids[0];
    if (pid !== this.#runPid) {
      this.#endRunning();
      if (pid !== undefined) this.#watch(pid);
    }
    this.#deps.onChange();
  }

  /** Lets the host's room be judged by what this process takes and delivers. */
  #watch(pid: number): void {
    const { capacity } = this.#deps;
    this.#runPid = pid;
    this.#endRun = capacity.run(this.#id, {
      pids: () => this.#transcoder.figures?.pids ?? [],
      progress: () => {
        const { offeredMs = 0, producedMs = 0 } = this.#transcoder.figures ?? {};
        return { offeredMs, producedMs };
      },
      onVerdict: ({ finding, words, change }) => {
        // A source that is slow is the camera's own trouble.
        this.#behind = finding === 'fine' || finding === 'source-slow' ? undefined : words;
        if (change !== undefined && this.#wish !== undefined) this.#do(this.#wish, change);
        else this.#deps.onChange();
      },
    });
  }

  #endRunning(): void {
    this.#endRun?.();
    this.#endRun = undefined;
    this.#runPid = undefined;
  }
}
