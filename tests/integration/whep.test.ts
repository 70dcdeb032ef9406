/** WHEP through the relay's port to a real MediaMTX with a real publisher: what a viewer gets, and what is left of one that vanishes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MediamtxManager } from '../../relay/mediamtx/manager.ts';
import { MediamtxWhep } from '../../relay/mediamtx/whep.ts';
import { ask, type EdgeRig, EXTENSION, startEdge } from '../support/edge-rig.ts';
import { eventually } from '../support/eventually.ts';
import { flowing, MediamtxRig, mediamtxOnPath, ready, timers } from '../support/mediamtx-rig.ts';
import { CANDIDATE, OFFER } from '../support/sdp-offer.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const program = await mediamtxOnPath();
const SDP = { 'Content-Type': 'application/sdp' };

describe.skipIf(program === undefined)('WHEP through the relay (needs mediamtx on PATH)', () => {
  let rig: MediamtxRig;
  let manager: MediamtxManager;
  let edge: EdgeRig;
  beforeEach(async () => {
    rig = new MediamtxRig(program);
    manager = await rig.create({ webrtc: { additionalHosts: [], listenHost: '127.0.0.1' } });
    manager.start();
    await ready(manager);
    const whep = new MediamtxWhep({
      endpoint: () => manager.whep,
      sessions: () => manager.webrtcSessions(),
      timers,
    });
    edge = await startEdge([new SyntheticCamera({ id: 'front' })], {}, whep);
  });
  afterEach(async () => {
    await edge.stop();
    await rig.close();
  });

  const publish = async (): Promise<void> => {
    rig.publish(manager, 'front/main');
    await flowing(manager, 'front/main');
  };
  const offer = (path = '/whep/front', headers: Record<string, string> = {}, body = OFFER) =>
    ask(edge.port, path, { method: 'POST', headers: { ...SDP, ...headers }, body });

  it('answers an offer with H.264 and candidates of this host only, and takes candidates', async () => {
    await publish();
    const { status, headers, text } = await offer();
    expect([status, headers['content-type']]).toEqual([201, 'application/sdp']);
    expect(text).toMatch(/^a=rtpmap:\d+ H264\/90000/m);
    const mediaPort = manager.whep?.mediaPort;
    const candidates = text.match(/^a=candidate:.*$/gm) ?? [];
    expect(candidates.length).toBeGreaterThan(0);
    for (const candidate of candidates) expect(candidate).toContain(` 127.0.0.1 ${mediaPort} typ host`);
    const session = new URL(String(headers.location), `http://relay/whep/front`).pathname;
    expect(session).toMatch(/^\/whep\/front\/main\/[\w-]{22}$/);
    const trickled = await ask(edge.port, session, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag' },
      body: CANDIDATE,
    });
    expect(trickled.status).toBe(204);
    expect(await manager.webrtcSessions()).toHaveLength(1);
    expect((await ask(edge.port, session, { method: 'DELETE' })).status).toBe(200);
    expect(await manager.webrtcSessions()).toEqual([]);
  });

  it('tells a viewer no secret of MediaMTX', async () => {
    await publish();
    const { base = '', authorization = '' } = manager.whep ?? {};
    const pathKey = base.split('/').at(-1) ?? 'none';
    const answers = [
      await offer(),
      await offer('/whep/front', {}, 'no sdp'),
      await offer('/whep/front/main/x'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 404]);
    const seen = answers.map(({ headers, text }) => JSON.stringify(headers) + text).join();
    for (const secret of [pathKey, authorization]) expect(seen).not.toContain(secret);
  });

  it('wants the token, an offer of bearable size, and pages that may ask', async () => {
    await publish();
    expect((await offer('/whep/front', { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await offer('/whep/front', {}, OFFER + 'a=x\r\n'.repeat(20_000))).status).toBe(413);
    expect((await ask(edge.port, '/whep/front')).headers.allow).toBe('POST, PATCH, DELETE, OPTIONS');
    const preflight = await ask(edge.port, '/whep/front', {
      method: 'OPTIONS',
      headers: { Origin: EXTENSION, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': EXTENSION,
      'access-control-allow-methods': 'POST, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
    });
    const answer = await offer('/whep/front', { Origin: EXTENSION });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': EXTENSION,
      'access-control-expose-headers': 'Location, ETag',
    });
    const stranger = await offer('/whep/front', { Origin: 'https://evil.example' });
    expect(stranger.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('says so while the camera has no picture, and while MediaMTX is away', async () => {
    const silent = await offer();
    expect([silent.status, silent.text]).toEqual([
      503,
      'the camera has no pictures at the moment: try again\n',
    ]);
    await manager.stop();
    const away = await offer();
    expect([away.status, away.text]).toEqual([503, 'the media server is not ready: try again in a moment\n']);
  });

  it('hangs up for a viewer that never came', async () => {
    await publish();
    await offer();
    await offer();
    expect(await manager.webrtcSessions()).toHaveLength(2);
    await eventually(
      'no session is left',
      () => manager.webrtcSessions(),
      (sessions) => sessions.length === 0,
      14_000,
    );
  });
});
