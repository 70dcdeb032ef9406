/** An ONVIF camera that does not do as it should: a server that answers each question as `lie` says. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const LOGIN = { username: 'viewer', password: 's3cr3t' };

export type Lie =
  /** None: it tells anyone. */
  | 'open'
  /** None, but for the kind of password: HTTP Digest, and nothing without it. */
  | 'digest'
  /** Every password is wrong. */
  | 'refuses'
  /** It has no profiles at all. */
  | 'no-profiles'
  /** Only JPEG. */
  | 'jpeg'
  /** Profiles that lack what they must have, and addresses that are none. */
  | 'nonsense'
  /** What it says is no XML. */
  | 'no-xml'
  /** It takes the question and says nothing. */
  | 'hangs'
  /** It never stops talking. */
  | 'endless';

export interface LyingCamera {
  /** Of its device service. */
  readonly url: string;
  /** Requests that carried a password of this user: tests beside it ask all cameras that answer. */
  tries(user?: string): number;
  stop(): Promise<void>;
}

const envelope = (body: string): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="http://www.onvif.org/ver10/schema"><s:Body>${body}</s:Body></s:Envelope>`;
const profile = (token: string, encoding: string, width: number, height: number): string =>
  `<Profiles token="${token}"><t:Name>${token}</t:Name><t:VideoSourceConfiguration><t:SourceToken>V</t:SourceToken></t:VideoSourceConfiguration><t:VideoEncoderConfiguration><t:Encoding>${encoding}</t:Encoding><t:Resolution><t:Width>${width}</t:Width><t:Height>${height}</t:Height></t:Resolution><t:RateControl><t:FrameRateLimit>25</t:FrameRateLimit></t:RateControl><t:H264><t:GovLength>50</t:GovLength></t:H264></t:VideoEncoderConfiguration></Profiles>`;
const PROFILES: Partial<Record<Lie, string>> = {
  'no-profiles': '',
  jpeg: profile('stills', 'JPEG', 1280, 720),
  nonsense:
    '<Profiles/><Profiles token="a"><t:Name>x</t:Name></Profiles><Profiles token="b"><t:VideoEncoderConfiguration><t:Resolution><t:Width>-4</t:Width></t:Resolution></t:VideoEncoderConfiguration></Profiles>',
};

/** @param stream address of all its streams */
export async function startLyingCamera(lie: Lie, stream?: string): Promise<LyingCamera> {
  const tries: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { authorization } = request.headers;
      if (body.includes('UsernameToken') || authorization !== undefined)
        tries.push(`${body}${authorization ?? ''}`);
      answer({ lie, stream }, request, body, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/onvif/device_service`,
    tries: (user = LOGIN.username) => tries.filter((text) => text.includes(user)).length,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Told {
  readonly lie: Lie;
  readonly stream: string | undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function answer(
  { lie, stream }: Told,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  if (lie === 'hangs') return;
  if (lie === 'no-xml') return void response.end('<html>It works!</html> &&&');
  if (lie === 'endless') {
    const more = (): void => {
      while (!response.destroyed && response.write('<x>'.repeat(20_000)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
    return;
  }
  const asked = /<(Get\w+)/.exec(body)?.[1] ?? '';
  const free = ['GetSystemDateAndTime', 'GetServices', 'GetCapabilities'].includes(asked);
  if (lie === 'refuses' && !free) return void response.writeHead(400).end(envelope(fault()));
  if (lie === 'digest' && !free && !digestIsRight(request)) {
    return void response
      .writeHead(401, { 'WWW-Authenticate': 'Digest realm="cam", nonce="4f2c", qop="auth"' })
      .end();
  }
  response.end(envelope(told({ lie, stream }, asked, request)));
}

const fault = (): string =>
  '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>';

function told({ lie, stream }: Told, asked: string, { headers }: IncomingMessage): string {
  switch (asked) {
    case 'GetSystemDateAndTime': {
      const now = new Date();
      return `<GetSystemDateAndTimeResponse><SystemDateAndTime><t:UTCDateTime><t:Time><t:Hour>${now.getUTCHours()}</t:Hour><t:Minute>${now.getUTCMinutes()}</t:Minute><t:Second>${now.getUTCSeconds()}</t:Second></t:Time><t:Date><t:Year>${now.getUTCFullYear()}</t:Year><t:Month>${now.getUTCMonth() + 1}</t:Month><t:Day>${now.getUTCDate()}</t:Day></t:Date></t:UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>`;
    }
    case 'GetServices':
      return `<GetServicesResponse><Service><Namespace>http://www.onvif.org/ver10/device/wsdl</Namespace><XAddr>http://${headers.host}/onvif/device_service</XAddr></Service><Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>http://${headers.host}/onvif/media</XAddr></Service></GetServicesResponse>`;
    case 'GetDeviceInformation':
      return '<GetDeviceInformationResponse><Manufacturer>Liar</Manufacturer><Model>Liar 1</Model></GetDeviceInformationResponse>';
    case 'GetProfiles':
      return `<GetProfilesResponse>${PROFILES[lie] ?? profile('main', 'H264', 1920, 1080) + profile('sub', 'H264', 640, 360)}</GetProfilesResponse>`;
    case 'GetStreamUri':
      return `<GetStreamUriResponse><MediaUri><t:Uri>${lie === 'nonsense' ? 'file:///etc/passwd' : (stream ?? `rtsp://127.0.0.1:1/${lie}`)}</t:Uri></MediaUri></GetStreamUriResponse>`;
    default:
      return fault();
  }
}

function digestIsRight({ headers, method, url }: IncomingMessage): boolean {
  const given = new Map(
    [...(headers.authorization ?? '').matchAll(/(\w+)="?([^",]+)"?/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const secret = md5(`${LOGIN.username}:cam:${LOGIN.password}`);
  const middle = `4f2c:${given.get('nc')}:${given.get('cnonce')}:auth`;
  return given.get('response') === md5(`${secret}:${middle}:${md5(`${method}:${url}`)}`);
}
