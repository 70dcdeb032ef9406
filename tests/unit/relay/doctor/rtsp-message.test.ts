import { describe, expect, it } from 'vitest';
import { authorize, parseResponse, videoCodecs } from '../../../../relay/doctor/rtsp-message.ts';

describe('parseResponse', () => {
  const whole = 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nv=0\n';

  it('waits for the last byte', () => {
    for (let length = 0; length < whole.length; length++)
      expect(parseResponse(whole.slice(0, length))).toBeUndefined();
    expect(parseResponse(whole)).toMatchObject({ status: 200, body: 'v=0\n' });
  });

  it('keeps several challenges apart', () => {
    const text =
      'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="a"\r\nwww-authenticate: Basic\r\n\r\n';
    expect(parseResponse(text)?.headers.get('www-authenticate')).toEqual(['Digest realm="a"', 'Basic']);
  });

  it.each(['HTTP/1.1 200 OK\r\n\r\n', 'SSH-2.0-OpenSSH\r\n', 'RTSP/1.0 hello\r\n\r\n'])(
    'refuses %j',
    (text) => {
      expect(() => parseResponse(text)).toThrow('not RTSP');
    },
  );
});

describe('authorize', () => {
  const request = { method: 'DESCRIBE', uri: 'rtsp://cam/s', cnonce: 'c0ffee' };
  const user = { username: 'Mufasa', password: 'Circle of Life' };

  it('answers the digest example of RFC 7616 (3.9.1) with SHA-256, and with MD5', () => {
    const example = {
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    };
    const rest =
      'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const sha = authorize(
      [`Digest ${rest}, algorithm=SHA-256`, `Digest ${rest}, algorithm=MD5`],
      user,
      example,
    );
    expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    const md5 = authorize([`Digest ${rest}, algorithm=MD5`], user, example);
    expect(md5).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(md5).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  it('answers a digest without qop, as most cameras send it', () => {
    const header = authorize(['Digest realm="cam", nonce="abc"'], user, request);
    expect(header).toMatch(
      /^Digest username="Mufasa", realm="cam", nonce="abc", uri="rtsp:\/\/cam\/s", response="[0-9a-f]{32}"$/,
    );
  });

  it('prefers digest to basic', () => {
    expect(authorize(['Basic realm="cam"', 'Digest realm="cam", nonce="abc"'], user, request)).toMatch(
      /^Digest/,
    );
    expect(authorize(['Basic realm="cam"'], user, request)).toBe('Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl');
  });

  it('gives up on what it does not know', () => {
    expect(
      authorize(['Negotiate', 'Digest realm="a", nonce="b", algorithm=SHA-512'], user, request),
    ).toBeUndefined();
  });
});

describe('videoCodecs', () => {
  it('names the codecs of the video tracks only', () => {
    const sdp = [
      'v=0',
      'm=audio 0 RTP/AVP 97',
      'a=rtpmap:97 MPEG4-GENERIC/16000',
      'm=video 0 RTP/AVP 96',
      'a=rtpmap:96 h264/90000',
    ].join('\r\n');
    expect(videoCodecs(sdp)).toEqual(['H264']);
  });

  it('finds none where there is none', () => {
    expect(videoCodecs('m=audio 0 RTP/AVP 97\na=rtpmap:97 PCMU/8000')).toEqual([]);
  });
});
