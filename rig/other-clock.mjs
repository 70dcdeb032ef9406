/**
 * Loaded before the relay (`node --import`): a host whose clock is off, and which is set while the relay runs. What
 * Node reads the clock by is shifted; what it measures time by is not, as on a real host. The encoders keep the true
 * clock, so that the one in their pictures can be read.
 */
let aheadMs = Number(process.env.RIG_CLOCK_AHEAD_MS ?? 0);
const stepMs = Number(process.env.RIG_CLOCK_STEP_MS ?? 0);
const trueNow = Date.now.bind(Date);
const now = () => trueNow() + aheadMs;

Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + aheadMs });
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
process.on('SIGUSR2', () => {
  aheadMs += stepMs;
});
