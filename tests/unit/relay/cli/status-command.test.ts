import { expect, test } from 'vitest';
import { statusText } from '../../../../relay/cli/status-command.ts';

const NOW_MS = 1_800_000_000_000;

test('says of each camera whether it is live, why not, who watches it, and which rungs it has', () => {
  const camera = {
    ...{ name: 'door', state: 'live', sinceMs: NOW_MS - 65_000, reason: '', restarts: 0 },
    viewers: { push: 2, realtime: 0 },
    telemetry: { fps: 14.98, bitrateKbps: 8167.2 },
  };
  const text = statusText(
    {
      ...{
        version: '1.2.3',
        url: 'http://127.0.0.1:8780',
        elsewhere: ['http://192.0.2.2:8780'],
        mediamtx: 'on',
      },
      upMs: (2 * 24 + 3) * 3_600_000 + 59_000,
      load: { cores: 4, busy: 0.345, transcoderCores: 0.72 },
      cameras: [
        {
          ...camera,
          id: 'door',
          rungs: [
            { id: 'main', width: 1920, height: 1080, fps: 15, origin: 'camera' },
            { id: '360', width: 640, height: 360, fps: 15, origin: 'transcode', asleep: true },
          ],
        },
        {
          ...camera,
          ...{
            id: 'yard',
            name: 'Yard',
            state: 'offline',
            reason: 'the camera refused',
            restarts: 3,
            rungs: [],
          },
          ...{ sinceMs: NOW_MS + 5, telemetry: null, viewers: { push: 0, realtime: 1 } },
        },
      ],
    },
    NOW_MS,
  );
  expect(text).toBe(`Lockstep  1.2.3, up 2 d 3 h
address   http://127.0.0.1:8780  http://192.0.2.2:8780
mediamtx  on
load      35 % of 4 cores; transcoders take 0.7 cores

door  live for 1 min 5 s  15 fps, 8167 kbit/s  2 watching
  main  1920x1080  15 fps  as the camera sends it
  360   640x360    15 fps  made here, asleep

yard (Yard)  offline for 0 s  0 watching, 1 in real time  3 restarts
  the camera refused
`);
});

test('tells the certificate, and its end a month before', () => {
  const told = {
    ...{ version: '1', url: 'http://127.0.0.1:8780', elsewhere: [], mediamtx: 'off', upMs: 0, cameras: [] },
    load: { cores: 1, busy: 0, transcoderCores: 0 },
  };
  const certificate = { fingerprint: 'AB:CD', selfSigned: true, startsMs: 0, endsMs: NOW_MS + 86_400_000 };
  expect(statusText({ ...told, certificate }, NOW_MS)).toContain(
    'the certificate ends in 1 day, on 2027-01-16. Make it anew: `lockstep cert --renew`.',
  );
  expect(statusText({ ...told, certificate: { ...certificate, endsMs: 2 * NOW_MS } }, NOW_MS)).toContain(
    'SHA-256 AB:CD\n             good until 2084-',
  );
});
