import { describe, expect, it } from 'vitest';
import { EMPTY_RELAY_STATE } from '../../../../../src/extension/relay-state.ts';
import { type DiagnosticsInput, diagnosticsText } from '../../../../../src/viewer/ui/diagnostics.ts';
import { LogRing } from '../../../../../src/viewer/ui/log-ring.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { cameraState, tileView, wallView } from '../../../../support/wall-state.ts';

const TOKEN = 'x'.repeat(43);

type Known = DiagnosticsInput['relays'][number];

/** Of one relay. */
function text({
  link,
  relay,
  ...patch
}: Partial<DiagnosticsInput> & { link?: Known['link']; relay?: Known['state'] } = {}): string {
  return diagnosticsText({
    nowMs: 1_700_000_000_000,
    versions: { extension: '0.1.0', hlsJs: '1.7.4', protocol: 1 },
    browser: 'Mozilla/5.0 Test',
    screen: '1280 × 720 at 2 ×',
    relays: [
      {
        link: link ?? { phase: 'open', reason: '', refusal: undefined, retryAtMs: undefined },
        state: relay ?? {
          ...EMPTY_RELAY_STATE,
          relay: { id: 'r', name: 'gate-host', version: '0.1.0' },
          mediamtx: 'off',
          features: ['push', 'hls'],
          cameras: [cameraState({ encoder: 'passed on' })],
        },
      },
    ],
    view: wallView(),
    log: [],
    secrets: [TOKEN],
    ...patch,
  });
}

describe('diagnosticsText', () => {
  it('names versions, browser, mode, target, and the figures of each tile', () => {
    for (const part of [
      '2023-11-14T22:13:20.000Z',
      'Extension 0.1.0, hls.js 1.7.4, protocol 1',
      'Mozilla/5.0 Test',
      '1280 × 720 at 2 ×',
      'gate-host, 0.1.0, MediaMTX off, push hls',
      'Control link: open',
      'auto, runs ultra-low, 300 ms behind (the link holds it); playback clocks 7.4 ms apart',
      'Camera gate: live',
      'main 640x360@30',
      'encoder: passed on',
      "tile: playing; rung relay's choice, 640x360, in step",
      'latency 304 ms, to the wall 4 ms, buffer 230 ms, rate 1.000',
      'stalls 0, skipped parts 0, frames 900, dropped 1',
    ]) {
      expect(text()).toContain(part);
    }
  });

  it('says why a tile does not play, and what was never there', () => {
    const tile = tileView({
      phase: 'stale',
      reason: 'no media arrives',
      inGroup: false,
      latencyMs: undefined,
    });
    expect(text({ view: wallView({ tiles: [tile], skewMs: undefined }) })).toMatch(
      /tile: stale: no media arrives.*on its own\n {2}latency –/,
    );
    const before = text({ view: undefined, relay: EMPTY_RELAY_STATE });
    expect(before).toContain('never connected');
    expect(before).toContain('no tile yet');
  });

  it('strikes out the token and every login in an address, wherever they stand', () => {
    const clock = new FakeTime(1_700_000_000_000);
    const ring = new LogRing(clock);
    ring.log('refused', { token: TOKEN });
    const camera = cameraState({ reason: 'rtsp://admin:hun/t@r2@10.0.0.5/stream does not answer' });
    const written = text({
      log: ring.entries,
      relay: { ...EMPTY_RELAY_STATE, cameras: [camera] },
      link: { phase: 'waiting', reason: `lost ${TOKEN}`, refusal: undefined, retryAtMs: undefined },
    });
    expect(written).not.toContain(TOKEN);
    expect(written).not.toMatch(/admin|hun|r2/);
    expect(written).toContain('rtsp://[struck out]@10.0.0.5/stream');
  });
});

describe('LogRing', () => {
  it('keeps the last entries with their times, and their fields as they were', () => {
    const clock = new FakeTime(1_700_000_000_000);
    const ring = new LogRing(clock, 3);
    for (let n = 0; n < 5; n += 1) {
      ring.log(`entry ${n}`, { n });
      clock.advance(1000);
    }
    expect(ring.entries.map(({ message }) => message)).toEqual(['entry 2', 'entry 3', 'entry 4']);
    expect(text({ log: ring.entries })).toContain('2023-11-14T22:13:22.000Z entry 2 {"n":2}');
  });
});
