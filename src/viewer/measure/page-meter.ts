/** The meter bound to a page: its clocks, its animation frames, its visibility. Only for measure builds and peers. */
import { monotonicClock, platformTimers, wallClock } from '../../wire/ports.ts';
import { Meter } from './meter.ts';
import { StripReader } from './strip.ts';

/** A running meter over these videos, also put on the page as `lockstepMeter` for the program that drives it. */
export function startPageMeter(videos: () => ReadonlyMap<string, HTMLVideoElement>): void {
  const strip = new StripReader();
  const meter = new Meter({
    videos,
    clock: monotonicClock,
    // The strip shows the host's clock: Date.now, not the page's own epoch.
    wallClock,
    timers: platformTimers(),
    hidden: () => document.hidden,
    readStrip: (video) => strip.read(video),
    requestFrame(run) {
      const handle = requestAnimationFrame(run);
      return () => cancelAnimationFrame(handle);
    },
  });
  meter.start();
  Object.assign(globalThis, { lockstepMeter: meter });
}
