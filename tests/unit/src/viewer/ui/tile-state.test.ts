import { describe, expect, test } from 'vitest';
import {
  announcement,
  paceWords,
  secondsText,
  signedMs,
  type TileInput,
  tileModel,
} from '../../../../../src/viewer/ui/tile-state.ts';
import { cameraState, tileView } from '../../../../support/wall-state.ts';

function model(patch: Partial<TileInput> = {}) {
  return tileModel({
    camera: cameraState(),
    tile: tileView(),
    connected: true,
    origin: '',
    fromRelayMs: (ms) => ms + 1,
    fromMonotonicMs: (ms) => ms + 1_000_000,
    ...patch,
  });
}

const noPicture = { frames: { total: 0, dropped: 0 } };

describe('a tile that moves', () => {
  test('is live, without a curtain', () => {
    expect(model()).toMatchObject({ word: 'Live', tone: 'good', banner: undefined, alarming: false });
  });

  test.each([
    [cameraState({ state: 'degraded' }), {}, 'Degraded'],
    [cameraState({ state: 'offline' }), {}, 'Offline'],
    [cameraState({ state: 'starting' }), {}, 'Live'],
    [cameraState(), { inGroup: false }, 'Out of step'],
    [cameraState(), { phase: 'buffering' as const }, 'Catching up'],
    [cameraState(), { phase: 'hidden' as const }, 'Paused'],
  ])('says what the relay or the wall knows of it in its chip (%#)', (camera, tile, word) => {
    expect(model({ camera, tile: tileView(tile) })).toMatchObject({ word, banner: undefined });
  });

  test('is not called less than it should be for a rung that it does not show', () => {
    const reason = 'this host decodes about 10 of 25 pictures per second';
    const rung = { width: 640, height: 360, fps: 25, bitrateKbps: 800 };
    const rungs = [
      { ...rung, id: 'main' },
      { ...rung, id: '360', limit: reason },
    ];
    const camera = cameraState({ state: 'degraded', reason, rungs });
    const whole = model({ camera, tile: tileView({ rung: 'main' }) });
    expect(whole).toMatchObject({ word: 'Live', tone: 'good' });
    expect(whole.details).not.toContainEqual(['Camera', reason]);
    const less = model({ camera, tile: tileView({ rung: '360' }) });
    expect(less.word).toBe('Degraded');
    expect(less.details).toContainEqual(['Camera', reason]);
    const trouble = cameraState({ state: 'degraded', reason: 'no picture for 3 s and more', rungs });
    expect(model({ camera: trouble, tile: tileView({ rung: 'main' }) }).word).toBe('Degraded');
  });

  test('says that it is real-time, and how old its picture is about', () => {
    const tile = tileView({ realtime: true, inGroup: false, latencyMs: 34.2 });
    const { word, tone, details } = model({ tile });
    expect([word, tone]).toEqual(['Real-time', 'good']);
    expect(details).toContainEqual(['Latency', 'about 34 ms']);
    expect(details.map(([label]) => label)).not.toContain('To the wall');
  });

  test('says why it is not real-time, where that is wanted', () => {
    const reason = 'this browser has no H.264 for WebRTC';
    const { word, details } = model({ tile: tileView({ notRealtime: reason }) });
    expect(word).toBe('Live');
    expect(details).toContainEqual(['Not real-time', reason]);
  });

  test('says how seldom a picture comes where one sees it, and raises no alarm for it', () => {
    const camera = cameraState({ encoder: 'keyframes only: the host cannot decode 4K' });
    const told = model({ camera, tile: tileView({ pictureMs: 2_000, keyframesOnly: true }) });
    expect(told).toMatchObject({
      pace: '1 picture per 2 s',
      paceReason: 'keyframes only: the host cannot decode 4K',
      ...{ banner: undefined, alarming: false },
    });
    expect(model({ tile: tileView({ keyframesOnly: true }) }).pace).toBe('Keyframes only');
    expect(model().pace).toBe('');
    expect(model({ tile: tileView({ pictureMs: 2_000, phase: 'stale' }) }).pace).toBe('');
  });

  test('says which stream it plays and why', () => {
    const stream = 'Substream 640×360, as the camera sends it';
    expect(model({ tile: tileView({ stream }) }).details).toContainEqual(['Stream', stream]);
    expect(model().details.map(([label]) => label)).not.toContain('Stream');
  });

  test('does not repeat an old word of a relay that is gone', () => {
    expect(model({ camera: cameraState({ state: 'offline' }), connected: false }).word).toBe('Live');
  });
});

describe('a tile that stands still never looks live', () => {
  test.each([
    ['stale', 'Stale', 'stale'],
    ['source-frozen', 'Frozen', 'frozen'],
    ['decoder-stuck', 'Stuck', 'stuck'],
    ['connecting', 'Stale', 'stale'],
  ] as const)('%s', (phase, word, kind) => {
    const result = model({ tile: tileView({ phase, reason: 'because' }) });
    expect(result).toMatchObject({ word, tone: 'bad', alarming: true });
    expect(result.banner).toMatchObject({ kind, detail: 'because', sinceMs: 1_002_000, overPicture: true });
  });

  test.each(['frozen', 'offline'] as const)('the relay’s %s comes with its reason and its time', (state) => {
    const camera = cameraState({ state, reason: 'no answer' });
    expect(model({ camera, tile: tileView({ phase: 'stale' }) }).banner).toMatchObject({
      kind: state,
      detail: 'no answer',
      sinceMs: 50_001,
    });
  });

  test('a relay that is gone is not believed', () => {
    const camera = cameraState({ state: 'frozen' });
    expect(model({ camera, tile: tileView({ phase: 'stale' }), connected: false }).banner?.kind).toBe(
      'stale',
    );
  });
});

describe('a tile that is held until the wall comes to its picture', () => {
  test.each([
    [-5600, 'Waiting 6 s for the wall'],
    [-3200, 'Waiting 4 s for the wall'],
    [-120, 'Waiting 1 s for the wall'],
    [undefined, 'Waiting for the wall'],
  ])('at an offset of %s counts down without an alarm', (offsetMs, title) => {
    const result = model({ tile: tileView({ phase: 'held', offsetMs }) });
    expect(result).toMatchObject({ word: 'Waiting', tone: 'wait', alarming: false });
    expect(result.banner).toMatchObject({ kind: 'held', title, overPicture: false });
  });

  test('is an alarm all the same when the relay says that the camera is gone', () => {
    const camera = cameraState({ state: 'offline' });
    expect(model({ camera, tile: tileView({ phase: 'held' }) })).toMatchObject({ alarming: true });
  });
});

describe('a tile without a first picture', () => {
  test.each(['connecting', 'no-media'] as const)('%s is starting, which is no alarm', (phase) => {
    const result = model({ tile: tileView({ phase, ...noPicture }) });
    expect(result).toMatchObject({ word: 'Starting', alarming: false });
    expect(result.banner?.overPicture).toBe(false);
  });

  test('the same goes before the engine knows it', () => {
    expect(model({ tile: undefined })).toMatchObject({ word: 'Starting', latency: '', offset: '' });
  });

  test('without a relay it does not claim to start', () => {
    expect(model({ tile: tileView({ phase: 'no-media', ...noPicture }), connected: false }).word).toBe(
      'No connection',
    );
  });
});

test('the details say how the pictures are encoded, where the relay tells', () => {
  const words = 'libx264 ultrafast; stepped down for this host: 1920x1080 instead of 3840x2160';
  expect(model({ camera: cameraState({ encoder: words }) }).details).toContainEqual(['Encoder', words]);
  expect(model({}).details.map(([label]) => label)).not.toContain('Encoder');
});

test('the figures carry their units', () => {
  const received = { bitrateKbps: 612.4, speed: 1 };
  const details = Object.fromEntries(model({ tile: tileView({ received }) }).details);
  expect(details).toMatchObject({
    Picture: '640 × 360',
    Latency: '304 ms',
    'To the wall': '+4 ms',
    Frames: '900, 1 dropped',
    Speed: '30.0 fps, 1.00 ×',
    'Bit rate': '612 kbit/s',
  });
});

describe('speed and bit rate', () => {
  const camera = cameraState({
    rungs: [
      { id: 'main', width: 2560, height: 1440, fps: 20, bitrateKbps: 4000 },
      { id: 'sub', width: 640, height: 360, fps: 10, bitrateKbps: 320 },
    ],
  });
  const figures = (patch: Parameters<typeof tileView>[0]) => {
    const details = new Map(model({ camera, tile: tileView({ rung: 'sub', ...patch }) }).details);
    return [details.get('Speed'), details.get('Bit rate')];
  };

  test('are those that the tile receives of its rung', () => {
    const received = { bitrateKbps: 301.2, speed: 0.8 };
    expect(figures({ received })).toEqual(['8.0 fps, 0.80 ×', '301 kbit/s']);
  });

  test('are as the relay lists that rung where it is not measured, as in real time', () => {
    expect(figures({})).toEqual(['10.0 fps', '320 kbit/s']);
    expect(figures({ realtime: true })).toEqual(['10.0 fps', '320 kbit/s']);
    expect(figures({ rung: undefined })).toEqual(['20.0 fps', '4000 kbit/s']);
  });

  test('are those of the keyframes where only they come', () => {
    const received = { bitrateKbps: 90, speed: 1 };
    expect(figures({ received, pictureMs: 2000 })).toEqual(['0.5 fps, 1.00 ×', '90 kbit/s']);
  });

  test('are left out for a rung that the relay no longer lists', () => {
    expect(figures({ rung: 'gone' })).toEqual([undefined, undefined]);
  });
});

test.each([
  [304, '0.30 s'],
  [1999, '2.00 s'],
  [6040, '6.0 s'],
])('%i ms of latency reads %s', (ms, text) => {
  expect(secondsText(ms)).toBe(text);
});

test.each([
  [4.4, '+4 ms'],
  [-12.6, '−13 ms'],
  [-0.3, '0 ms'],
  [1310, '+1.3 s'],
])('an offset of %d ms reads %s', (ms, text) => {
  expect(signedMs(ms)).toBe(text);
});

describe('announcements', () => {
  const live = { id: 'gate', model: model() };
  const stale = { id: 'gate', model: model({ tile: tileView({ phase: 'stale' }) }) };
  const held = { id: 'gate', model: model({ tile: tileView({ phase: 'held', offsetMs: -2000 }) }) };

  test('say once that a tile stopped, and that it is back', () => {
    const down = new Set(['gate']);
    expect(announcement(new Set(), [stale])).toEqual({ text: 'Gate: No new picture.', stopped: down });
    expect(announcement(down, [stale])).toEqual({ text: '', stopped: down });
    expect(announcement(down, [live])).toEqual({ text: 'Gate is back.', stopped: new Set() });
  });

  test('are silent while all is well, or while a tile is held for the wall', () => {
    expect(announcement(new Set(), [live, held])).toEqual({ text: '', stopped: new Set() });
  });

  test('call a tile back when its picture moves, not when it is held after it stopped', () => {
    const { text, stopped } = announcement(new Set(['gate']), [held]);
    expect(text).toBe('');
    expect(announcement(stopped, [live]).text).toBe('Gate is back.');
  });
});

test.each([
  [400, '3 pictures per second'],
  [500, '2 pictures per second'],
  [1_000, '1 picture per second'],
  [1_480, '1 picture per 1.5 s'],
  [2_000, '1 picture per 2 s'],
  [9_960, '1 picture per 10 s'],
])('a picture every %i ms is %s', (ms, words) => {
  expect(paceWords(ms)).toBe(words);
});
