/**
 * The arguments of one output of ffmpeg: fragmented MP4 into a pipe and, beside it, the same packets published by RTSP.
 * Pure. The pipe comes first: nothing that a reader of the other one does may hold it up, end it or leave a hole in it.
 */

export interface FfmpegOutput {
  /** File descriptor of the pipe. */
  readonly fd: number;
  /** Options of the MP4 muxer, each with its value. */
  readonly muxer: Readonly<Record<string, string>>;
  /** Where it is published as well; undefined: nowhere. Holds no credentials, see publishUrl in relay/mediamtx. */
  readonly publish: string | undefined;
}

/**
 * Runs a publisher in a thread of its own, with packets of about two seconds before it; when they do not go out they
 * are thrown away up to a keyframe, and when the server is gone it is tried again every 0.3 s, for ever. Measured with
 * ffmpeg 5.1: while MediaMTX was killed, hung for 12 s and was restarted, parts in the pipe came as they do without it.
 */
const FIFO = fields({
  attempt_recovery: '1',
  recover_any_error: '1',
  recovery_wait_time: '0.3',
  drop_pkts_on_overflow: '1',
  restart_with_keyframe: '1',
  queue_size: '60',
});

/** To stand after the output's codec options. */
export function ffmpegOutput({ fd, muxer, publish }: FfmpegOutput): string[] {
  if (publish === undefined) {
    return [
      '-f',
      'mp4',
      ...Object.entries(muxer).flatMap(([key, value]) => [`-${key}`, value]),
      `pipe:${fd}`,
    ];
  }
  const slaves = [
    slave({ f: 'mp4', use_fifo: '0', ...muxer }, `pipe:${fd}`),
    slave({ f: 'rtsp', rtsp_transport: 'tcp', onfail: 'ignore' }, publish),
  ];
  return [
    // A stream that is passed on would get times in steps of one frame of the rate that ffmpeg guesses for it (5.1),
    // since MP4, which wants finer ones, is asked too late.
    ...['-time_base', '1:90000'],
    // Nor does tee tell an encoder that MP4 wants its parameter sets in the header.
    ...['-flags', '+global_header'],
    ...['-f', 'tee', '-use_fifo', '1', '-fifo_options', FIFO, slaves.join('|')],
  ];
}

/** One slave of tee, which is taken out of the list of them first, and its options out of it then. */
const slave = (options: Readonly<Record<string, string>>, url: string): string =>
  `[${fields(options)}]${url}`.replace(/[\\'|]/g, '\\$&');

function fields(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${value.replace(/[\\':\]]/g, '\\$&')}`)
    .join(':');
}
