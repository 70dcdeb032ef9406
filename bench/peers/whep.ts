/**
 * A wall over WebRTC from any server that speaks WHEP (draft-ietf-wish-whep), with the browser's own jitter buffer.
 * Calls again 2 s after a call ended or failed, as MediaMTX's own page does.
 */
import { asked, showGrid } from './grid.ts';

const AGAIN_MS = 2_000;

showGrid((camera, video) => void call(camera, video));

async function call(camera: string, video: HTMLVideoElement): Promise<void> {
  const peer = new RTCPeerConnection();
  const ended = new Promise<void>((resolve) => {
    peer.addEventListener('connectionstatechange', () => {
      if (['failed', 'closed', 'disconnected'].includes(peer.connectionState)) resolve();
    });
  });
  peer.addTransceiver('video', { direction: 'recvonly' });
  peer.addEventListener('track', ({ track, streams }) => {
    video.srcObject = streams[0] ?? new MediaStream([track]);
  });
  try {
    await peer.setLocalDescription();
    const answer = await fetch(asked('whep').replace('{camera}', camera), {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: peer.localDescription?.sdp ?? '',
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    await ended;
  } catch (error) {
    console.error(camera, error);
  }
  peer.close();
  setTimeout(() => void call(camera, video), AGAIN_MS);
}
