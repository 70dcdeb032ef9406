/** A camera that answers the search on loopback, wants the password of {@link LOGIN}, and sends one stream. */
import { LOGIN, startLyingCamera } from './lying-camera.ts';
import { startResponder } from './onvif-responder.ts';
import { startRtspCamera } from './rtsp-camera.ts';

export interface ReachedCamera {
  /** Host and port of its device service, as the search tells it. */
  readonly place: string;
  stop(): Promise<void>;
}

/** @param name one that no test beside it uses: all searches on this host find it. Where `rtspMissing()` says nothing. */
export async function startFoundCamera(name: string): Promise<ReachedCamera> {
  const stream = await startRtspCamera({ user: LOGIN.username, password: LOGIN.password });
  const onvif = await startLyingCamera('digest', `rtsp://127.0.0.1:${stream.port}/whole`);
  const responder = await startResponder(name, onvif.url);
  return {
    place: new URL(onvif.url).host,
    async stop() {
      await responder.stop();
      await onvif.stop();
      await stream.stop();
    },
  };
}
