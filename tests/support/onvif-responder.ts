/** Answers the search for cameras on loopback as one camera does: WS-Discovery by multicast. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const GROUP = '239.255.255.250';
const PORT = 3702;

/** @param url of the camera's device service */
export async function startResponder(name: string, url: string): Promise<{ stop(): Promise<void> }> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (question, { address, port }) => {
    if (!String(question).includes('NetworkVideoTransmitter')) return;
    const scopes = `onvif://www.onvif.org/name/${encodeURIComponent(name)}`;
    const match = `<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:${name}</a:Address></a:EndpointReference><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${url}</d:XAddrs></d:ProbeMatch>`;
    socket.send(
      `<e:Envelope><e:Body><d:ProbeMatches>${match}</d:ProbeMatches></e:Body></e:Envelope>`,
      port,
      address,
    );
  });
  socket.bind(PORT, () => socket.addMembership(GROUP, '127.0.0.1'));
  await once(socket, 'listening');
  return {
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
