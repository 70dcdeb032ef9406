import { describe, expect, it } from 'vitest';
import { bursty, noise, SimulatedLink, thinLink } from './simulated-link.ts';

const lan = () => 30;
const late = (ms: number) => () => ms;

describe('LatencyPolicy finds the latency', () => {
  it('of a LAN: 0.2 s within half a minute, from 0.3 s, which it keeps for the first 15 s', () => {
    const link = new SimulatedLink();
    link.run(14, lan);
    expect(link.targets).toEqual([300]);
    const policy = link.run(16, lan);
    expect([link.modes, policy.targetMs]).toEqual([['ultra-low'], 200]);
    expect(policy.why).toBe('pictures come up to 0.03 s late');
    link.run(600, lan);
    expect(link.targets.at(-1)).toBe(200);
  });

  it('goes back to where it began at the first stall below, and tries again later each time', () => {
    const link = new SimulatedLink();
    const waits: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const fromMs = link.nowMs;
      while (link.policy.targetMs > 200) link.run(1, lan);
      waits.push(link.nowMs - fromMs);
      link.run(1, lan, { a: 1 });
      expect(link.policy.targetMs).toBe(300);
      expect(link.policy.decisions.at(-1)?.why).toBe('pictures ran out once');
    }
    expect(waits[2]).toBeGreaterThan(1.7 * (waits[1] ?? 0));
    expect(waits[3]).toBeGreaterThan(1.7 * (waits[2] ?? 0));
  });

  it('of a link that got better: down by a frame a second, or a share of a long way', () => {
    const link = new SimulatedLink();
    link.run(20, late(600));
    const from = link.targets.length;
    link.run(150, lan);
    const falling = link.targets.slice(from - 1);
    expect(falling.at(-1)).toBe(200);
    for (let i = 1; i < falling.length; i += 1) {
      const step = (falling[i - 1] ?? 0) - (falling[i] ?? 0);
      expect(step).toBeGreaterThan(0);
      expect(step).toBeLessThanOrEqual(33);
    }
  });

  it('of 20 Mbit/s with 40 ms there and back and 10 ms of jitter: Ultra-Low, without going to and fro', () => {
    const link = new SimulatedLink();
    link.rttMs = 40;
    const policy = link.run(300, (endMs) => 40 + 20 + 10 * noise(endMs));
    expect(link.modes).toEqual(['ultra-low']);
    expect(policy.targetMs).toBe(200);
    expect(link.targets).toEqual(link.targets.toSorted((a, b) => b - a));
  });

  it('of Fast 3G that its rungs fit: below a second, up before a stall', () => {
    const link = new SimulatedLink();
    link.rttMs = 150;
    link.run(3, () => undefined);
    expect(link.policy).toMatchObject({ mode: 'ultra-low', targetMs: 600 });
    expect(link.policy.why).toContain('150 ms away');
    const policy = link.run(300, (endMs) => 75 + 300 * noise(endMs));
    expect(link.modes).toEqual(['ultra-low']);
    expect(policy.targetMs).toBeGreaterThanOrEqual(375 + 67 + 33);
    expect(policy.targetMs).toBeLessThan(600);
  });

  it('of a link that stands still for 5 s of each minute: Stable, by one change of mode', () => {
    const link = new SimulatedLink();
    const policy = link.run(300, bursty(60_000, 5_000));
    expect(link.modes).toEqual(['ultra-low', 'stable']);
    expect(policy.targetMs).toBeGreaterThan(5_500);
    expect(policy.targetMs).toBeLessThan(7_000);
    expect(policy.why).toMatch(/^the link stood still [23] times lately, for up to [45]\.\d s$/);
  });

  it('and lets one outage pass', () => {
    const link = new SimulatedLink();
    link.run(55, lan);
    link.run(5, (endMs) => 60_000 - endMs + 40);
    link.run(120, lan);
    expect(link.modes).toEqual(['ultra-low']);
    expect(Math.max(...link.targets)).toBe(300);
  });

  it('stays where it is when the link carries too little, and says that more would not help', () => {
    const link = new SimulatedLink();
    link.run(30, lan);
    const policy = link.run(120, thinLink(0.6, 4_000));
    expect(policy.targetMs).toBeLessThan(1_500);
    expect(policy.why).toMatch(/^the link carries [56]\d % of the pictures: more delay would not help$/);
    link.run(180, lan);
    expect([policy.mode, policy.targetMs]).toEqual(['ultra-low', 200]);
  });
});

describe('LatencyPolicy in Auto', () => {
  it('stays in Ultra-Low with a target of nearly a second, for half an hour', () => {
    const link = new SimulatedLink();
    const policy = link.run(1800, (endMs) => 700 + 150 * noise(endMs));
    expect(link.modes).toEqual(['ultra-low']);
    expect(policy.targetMs).toBeGreaterThan(900);
  });

  it.each([
    [1_500, 'balanced', 1_600, 1_700],
    [2_200, 'balanced', 2_300, 2_400],
    [3_400, 'stable', 4_000, 4_100],
  ])('takes parts that are %d ms late by a latency that fits: %s', (lateMs, mode, fromMs, toMs) => {
    const policy = new SimulatedLink().run(30, late(lateMs));
    expect(policy.mode).toBe(mode);
    expect(policy.targetMs).toBeGreaterThan(fromMs);
    expect(policy.targetMs).toBeLessThan(toMs);
  });

  it('comes back by itself, step by step, with the mode named once for each', () => {
    const link = new SimulatedLink();
    link.run(30, late(3_400));
    link.run(600, lan);
    expect(link.modes).toEqual(['ultra-low', 'stable', 'balanced', 'ultra-low']);
    expect(link.policy.targetMs).toBe(200);
  });

  it('costs one stall at most when the trouble comes back, and waits twice as long before the next try', () => {
    const link = new SimulatedLink();
    link.run(20, late(600));
    const high = link.policy.targetMs;
    const spans: number[] = [];
    for (let relapse = 0; relapse < 4; relapse += 1) {
      const fromMs = link.nowMs;
      while (link.policy.targetMs > high - 150) link.run(1, lan);
      spans.push(link.nowMs - fromMs);
      // The first two bad seconds put it back to where it was, in one step.
      link.run(2.5, late(600));
      expect(link.policy.targetMs).toBe(high);
    }
    expect(spans[2]).toBeGreaterThan(1.7 * (spans[1] ?? 0));
    expect(link.policy.why).toContain('late');
  });

  it('goes back to what was enough, and not up by steps, when pictures run out after it went down', () => {
    const link = new SimulatedLink(['a']);
    link.run(20, late(700));
    const high = link.policy.targetMs;
    while (link.policy.targetMs > 400) link.run(1, lan);
    link.run(2, lan, { a: 1 });
    link.run(2, lan, { a: 1 });
    expect(link.policy.targetMs).toBe(high);
    expect(link.policy.why).toMatch(/kept for/);
  });

  it('raises the target for stalls that no late part explains', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    link.run(3, lan, { a: 1, b: 1 });
    expect(link.policy.targetMs).toBe(300);
    link.run(1, lan, { a: 1, b: 1 });
    expect(link.policy.targetMs).toBe(450);
    expect(link.policy.decisions.at(-1)?.why).toBe('pictures ran out 2 times within 30 s');
  });

  it('does not raise it again for pictures that ran out before what was late had raised it', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    link.run(2, late(400), { a: 1, b: 1 });
    link.run(0.5, late(400));
    const { targetMs } = link.policy;
    expect(targetMs).toBeGreaterThan(500);
    link.run(2, late(400), { a: 1, b: 1 });
    expect(link.policy.targetMs).toBe(targetMs);
  });

  it('raises it once for tiles that run out one after the other', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    link.run(1, lan, { a: 1, b: 1, c: 1 });
    link.run(1.5, lan, { a: 1 });
    link.run(0.5, lan, { b: 1 });
    link.run(0.5, lan, { c: 1 });
    expect(link.policy.targetMs).toBe(450);
  });

  it('says what it knows an hour later, and not how it began', () => {
    const link = new SimulatedLink();
    link.run(2, () => undefined);
    expect(link.policy.why).toBe('starting, the link is being measured');
    const policy = link.run(3600, lan);
    expect(policy.why).toBe('pictures come up to 0.03 s late');
    expect(policy.decisions.map(({ why }) => why)).toEqual([
      'starting, the link is being measured',
      'pictures come only up to 0.03 s late now, going down step by step',
      'pictures come up to 0.03 s late',
    ]);
  });

  it('takes the browser’s word for the network until there is a better one', () => {
    const link = new SimulatedLink();
    link.rttMs = undefined;
    link.network = '2g';
    link.run(1, () => undefined);
    expect(link.policy).toMatchObject({ mode: 'balanced', targetMs: 3_000 });
    expect(link.policy.why).toBe('the browser calls the network 2g');
    link.rttMs = 2;
    link.run(1, () => undefined);
    expect(link.policy).toMatchObject({ mode: 'ultra-low', targetMs: 300 });
  });

  it('measures another network anew', () => {
    const link = new SimulatedLink();
    link.run(30, late(1_500));
    link.forget();
    link.run(30, lan);
    expect(link.policy.targetMs).toBeLessThan(1_600);
    link.run(60, lan);
    expect(link.policy.mode).toBe('ultra-low');
  });
});

describe('LatencyPolicy and a tile in trouble', () => {
  const flaky = { a: lan, b: lan, c: late(2_800) };

  it('goes on without one of three, by name, and takes it back by itself', () => {
    const link = new SimulatedLink();
    const policy = link.run(60, flaky);
    expect(link.modes).toEqual(['ultra-low']);
    expect(policy.targetMs).toBe(200);
    expect([...policy.alone.keys()]).toEqual(['c']);
    expect(policy.alone.get('c')).toBeGreaterThan(2_900);
    link.run(180, lan);
    expect(policy.alone.size).toBe(0);
  });

  it('lets none go for being the latest of a pile on the way', () => {
    const link = new SimulatedLink();
    link.run(20, lan);
    link.piling = 1;
    link.run(6, { a: late(350), b: late(350), c: late(1_000) });
    expect(link.policy.alone.size).toBe(0);
  });

  it('waits for two of three', () => {
    const policy = new SimulatedLink().run(60, { a: lan, b: late(800), c: late(800) });
    expect(policy.targetMs).toBeGreaterThan(900);
    expect(policy.alone.size).toBe(0);
  });

  it('waits for one that is only a little later', () => {
    const policy = new SimulatedLink().run(60, { a: lan, b: lan, c: late(130) });
    expect(policy.targetMs).toBeGreaterThan(250);
    expect(policy.alone.size).toBe(0);
  });

  it('does not wait for a rung that the relay makes, however many there are', () => {
    const link = new SimulatedLink(['a', 'b', 'c'], ['b', 'c']);
    const policy = link.run(60, { a: lan, b: late(900), c: late(900) });
    expect(policy.targetMs).toBe(200);
    expect([...policy.alone.keys()].sort()).toEqual(['b', 'c']);
  });

  it('does not go up and up for a tile that runs out of pictures by itself', () => {
    const link = new SimulatedLink();
    link.run(20, lan);
    for (let i = 0; i < 20; i += 1) link.run(5, lan, { c: 1 });
    expect(link.policy.targetMs).toBeLessThanOrEqual(1_000);
    expect([...link.policy.alone.keys()]).toEqual(['c']);
  });
});

describe('LatencyPolicy and what it tells', () => {
  it('tells once that a link is too thin, as long as nothing changes', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    link.piling = 0.5;
    const { decisions } = link.run(5, late(700));
    expect(decisions.at(-1)?.why).toMatch(/^the link carries 50 %/);
    expect(link.run(2, late(700)).decisions).toBe(decisions);
  });

  it('tells a target and the mode that it is in as one decision', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    const { decisions } = link.run(10, late(1_500));
    expect(decisions.filter(({ why }) => why.includes('1.5')).map(({ mode }) => mode)).toEqual(['balanced']);
  });
});

describe('LatencyPolicy on a computer that is full', () => {
  const busy = (endMs: number) => 200 + 350 * noise(endMs);

  it('grows the latency and says why, though media pile up', () => {
    const link = new SimulatedLink();
    link.run(30, lan);
    link.full = true;
    const policy = link.run(20, thinLink(0.85, 3_000));
    expect(policy.targetMs).toBeGreaterThan(800);
    expect(policy.why).toMatch(/^this computer is full: pictures come up to \d\.\d+ s late$/);
  });

  it('waits for pictures that are here and shown late, up to a second, and not where there is room', () => {
    const link = new SimulatedLink();
    link.run(30, lan);
    link.behindMs = 400;
    link.run(1, lan);
    expect(link.policy.targetMs).toBe(200);
    link.full = true;
    link.run(0.25, lan);
    expect(link.policy.targetMs).toBe(600);
    expect(link.policy.why).toBe('this computer is full: pictures come up to 0.60 s late');
    link.run(5, lan);
    expect(link.policy.targetMs).toBe(1_000);
  });

  it('lets no tile go for running out of pictures: it is the computer, and not the tile', () => {
    const link = new SimulatedLink();
    link.run(10, lan);
    link.full = true;
    for (let i = 0; i < 12; i += 1) link.run(3, lan, { c: 1 });
    expect(link.policy.alone.size).toBe(0);
    expect(link.policy.decisions.at(-1)?.why).toBe(
      'this computer is full: pictures ran out 2 times within 30 s',
    );
  });

  it('is back where it was, in one step, as soon as there is room again', () => {
    const link = new SimulatedLink();
    link.run(60, lan);
    // Known only after some seconds.
    link.run(2, busy);
    link.full = true;
    link.run(20, busy);
    expect(link.policy.targetMs).toBeGreaterThan(600);
    link.run(5, lan);
    link.room(60_000);
    link.run(1, lan);
    expect(link.policy.targetMs).toBe(200);
    expect(link.policy.decisions.at(-1)?.why).toBe('this computer has room again');
    link.run(30, lan);
    expect(link.policy.targetMs).toBe(200);
    expect(link.policy.why).toBe('pictures come up to 0.03 s late');
  });

  it('is no lower than what comes late without that', () => {
    const link = new SimulatedLink();
    link.run(60, lan);
    link.full = true;
    link.run(20, busy);
    link.run(5, late(250));
    link.room(60_000);
    link.run(0.25, late(250));
    expect(link.policy.targetMs).toBeGreaterThan(350);
    expect(link.policy.targetMs).toBeLessThan(420);
  });

  it('takes what stood still meanwhile for no outage of the link', () => {
    const link = new SimulatedLink();
    link.full = true;
    const policy = link.run(200, bursty(20_000, 3_000));
    expect(policy.outages).toBe(0);
  });

  it('goes down while it stays full, as it does otherwise', () => {
    const link = new SimulatedLink();
    link.full = true;
    link.run(20, busy);
    const high = link.policy.targetMs;
    link.run(200, late(150));
    expect(link.policy.targetMs).toBeLessThan(high - 200);
  });
});

describe('LatencyPolicy with a mode chosen by hand', () => {
  it.each([
    ['ultra-low', 300],
    ['balanced', 3_000],
    ['stable', 6_000],
  ] as const)('%s begins at %d ms, and no good link takes it below', (mode, startMs) => {
    const link = new SimulatedLink();
    link.policy.choose(mode, 0);
    const policy = link.run(300, lan);
    expect(policy).toMatchObject({ mode, targetMs: startMs, why: 'your choice' });
  });

  it('is bounded by the mode and says what the link asks for', () => {
    const link = new SimulatedLink();
    link.policy.choose('ultra-low', 0);
    const policy = link.run(60, late(2_400));
    expect(policy).toMatchObject({ mode: 'ultra-low', targetMs: 1_000 });
    expect(policy.why).toBe('your choice; the link asks for 3.0 s, more than Ultra-Low allows');
    expect(policy.alone.size).toBe(0);
  });

  it('rises inside the mode, says why, and comes back', () => {
    const link = new SimulatedLink();
    link.policy.choose('ultra-low', 0);
    const policy = link.run(30, late(400));
    expect(policy.targetMs).toBeGreaterThan(500);
    expect(policy.why).toBe('your choice; more than at first: pictures come up to 0.40 s late');
    link.run(200, lan);
    expect(policy).toMatchObject({ targetMs: 300, why: 'your choice' });
  });

  it('keeps a latency that was set, inside the range of the mode', () => {
    const link = new SimulatedLink();
    link.policy.choose('ultra-low', 0, 200);
    const policy = link.run(60, late(400), { a: 2, b: 2 });
    expect(policy).toMatchObject({ targetMs: 200, why: 'you set it; the link asks for 0.53 s' });
    policy.choose('balanced', link.nowMs, 9_000);
    expect(policy.targetMs).toBe(3_000);
  });

  it('goes over to Auto at what the link is known to ask for', () => {
    const link = new SimulatedLink();
    link.policy.choose('stable', 0);
    link.run(60, late(500));
    link.policy.choose('auto', link.nowMs);
    expect(link.policy.mode).toBe('ultra-low');
    expect(link.policy.targetMs).toBeGreaterThan(600);
    expect(link.policy.targetMs).toBeLessThanOrEqual(1_000);
  });
});
