/** Builds a camera from its configuration and what the relay's cameras share. */
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { Capacity } from '../capacity/capacity.ts';
import type { Knowledge } from '../capacity/knowledge.ts';
import type { CameraConfig } from '../config/schema.ts';
import { Ingest } from '../ingest/ingest.ts';
import { IngestJobs } from '../ingest/ingest-job.ts';
import { offersStream } from '../ingest/stream-plan.ts';
import type { Activity } from '../process/activity.ts';
import type { SpawnChild } from '../process/child.ts';
import type { Logger } from '../process/logger.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import type { WakeQueue } from '../transcode/wake-queue.ts';
import { TranscodedRung } from './rung-maker.ts';
import { createRungTimeline } from './rung-timeline.ts';
import { StreamCamera } from './stream-camera.ts';

/** What all cameras of a relay share. */
export interface SharedByCameras {
  /** Shortest part, in ms. */
  readonly partMs: number;
  readonly host: EncoderHost;
  readonly capacity: Capacity;
  readonly knowledge: Knowledge;
  readonly wakes: WakeQueue;
  /** Address at which a rung is published besides, as in `front/main`; undefined: nowhere. */
  readonly publishUrl: (path: string) => string | undefined;
  readonly runRecords: RunRecordPort;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly spawn: SpawnChild;
  /** What a process does, undefined where the system does not tell. */
  readonly activity: (pid: number) => Activity | undefined;
}

export interface CreateCameraDeps extends SharedByCameras {
  readonly config: CameraConfig;
  readonly log: Logger;
}

export function createCamera(deps: CreateCameraDeps): StreamCamera {
  const { config, host, knowledge } = deps;
  const publishUrl = (id: string): string | undefined =>
    config.encode.backend === 'ffmpeg' ? deps.publishUrl(`${config.id}/${id}`) : undefined;
  return new StreamCamera({
    ...deps,
    createTimeline: () => createRungTimeline(config),
    createMaker: (rungId, target, onChange) =>
      new TranscodedRung({ ...deps, rungId, target, publishUrl: publishUrl(rungId), onChange }),
    createIngest: (stream, timeline, events) =>
      new Ingest({
        ...deps,
        log: ofStream(deps.log, stream.id),
        label: `camera ${config.id} (${stream.id})`,
        stream,
        timeline,
        events,
        jobs: new IngestJobs({
          ...{ config, stream, host, model: knowledge.costs },
          known: knowledge.streams.stream(`${config.id}/${stream.id}`),
          // The name belongs to the rung that is made in place of a stream that is not shown.
          publishUrl: offersStream(config, stream, undefined) ? publishUrl(stream.id) : undefined,
        }),
      }),
  });
}

/** A camera with substreams has an ingest for each, and they say the same things. */
const ofStream = (log: Logger, stream: string): Logger => ({
  debug: (fields, message) => log.debug({ stream, ...fields }, message),
  info: (fields, message) => log.info({ stream, ...fields }, message),
  warn: (fields, message) => log.warn({ stream, ...fields }, message),
  error: (fields, message) => log.error({ stream, ...fields }, message),
});
