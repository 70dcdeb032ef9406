/** An offer to receive one H.264 video, as Chromium 156 writes it, shortened; nobody ever connects with it. */
const LINES = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=msid-semantic: WMS',
  'm=video 9 UDP/TLS/RTP/SAVPF 102',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:Yk3Q',
  'a=ice-pwd:iUFxQd0kIb2kPq8sKZp7uQ2v',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A7').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:102 H264/90000',
  'a=rtcp-fb:102 nack',
  'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
];

export const OFFER = `${LINES.join('\r\n')}\r\n`;

export const CANDIDATE = [
  'a=ice-ufrag:Yk3Q',
  'a=ice-pwd:iUFxQd0kIb2kPq8sKZp7uQ2v',
  'm=video 9 UDP/TLS/RTP/SAVPF 102',
  'a=mid:0',
  'a=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host',
  '',
].join('\r\n');
