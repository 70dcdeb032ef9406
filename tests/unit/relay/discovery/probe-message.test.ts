import { describe, expect, it } from 'vitest';
import { parseAnswer, probeMessage, shownName } from '../../../../relay/discovery/probe-message.ts';

const answer = (matches: string): string =>
  `<?xml version="1.0"?><SOAP:Envelope xmlns:SOAP="http://www.w3.org/2003/05/soap-envelope" xmlns:wsdd="x"><SOAP:Body><wsdd:ProbeMatches>${matches}</wsdd:ProbeMatches></SOAP:Body></SOAP:Envelope>`;
const match = (id: string, scopes: string, urls: string): string =>
  `<wsdd:ProbeMatch><wsa:EndpointReference><wsa:Address>${id}</wsa:Address></wsa:EndpointReference><wsdd:Scopes MatchBy="">${scopes}</wsdd:Scopes><wsdd:XAddrs>${urls}</wsdd:XAddrs></wsdd:ProbeMatch>`;
const NAMED = 'onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/DS-2CD';
const URL_A = 'http://192.0.2.7/onvif/device_service';

describe('parseAnswer', () => {
  it('reads id, name, model and address', () => {
    expect(parseAnswer(answer(match('urn:uuid:1', NAMED, URL_A)), '192.0.2.7')).toEqual([
      { id: 'urn:uuid:1', name: 'Front door', model: 'DS-2CD', url: URL_A, direct: true },
    ]);
  });

  it('takes the address that the answer came from, and the first one otherwise', () => {
    const urls = `http://169.254.1.1/onvif/device_service http://192.0.2.7:8000/x?a=1&amp;b=2`;
    const of = (from: string) => parseAnswer(answer(match('a', '', urls)), from)[0];
    expect(of('192.0.2.7')).toMatchObject({ url: 'http://192.0.2.7:8000/x?a=1&b=2', direct: true });
    expect(of('10.0.0.1')).toMatchObject({ url: 'http://169.254.1.1/onvif/device_service', direct: false });
  });

  it('reads several cameras of one recorder, and a name with blanks or a lone %', () => {
    const cameras = parseAnswer(
      answer(
        match('a', 'onvif://www.onvif.org/name/Front door onvif://www.onvif.org/type/x', URL_A) +
          match('b', 'onvif://www.onvif.org/name/100%', `${URL_A}2`),
      ),
      '',
    );
    expect(cameras.map(({ name }) => name)).toEqual(['Front door', '100%']);
  });

  it.each([
    ['not XML', 'hello'],
    ['another message', answer('<wsdd:Hello/>')],
    ['no address', answer(match('a', NAMED, ''))],
    ['an address that is none', answer(match('a', NAMED, 'http:// rtsp://192.0.2.7/ javascript:x'))],
    ['no id', answer(match('', NAMED, URL_A))],
  ])('finds nothing in %s', (_what, text) => {
    expect(parseAnswer(text, '192.0.2.7')).toEqual([]);
  });

  it('reads no question as an answer', () => {
    expect(parseAnswer(probeMessage('urn:uuid:0'), '192.0.2.7')).toEqual([]);
  });
});

describe('shownName', () => {
  it('lets no name steer the terminal, and none fill it', () => {
    expect(shownName('Door\u001b[2J\u0007\n')).toBe('Door[2J');
    expect(shownName('a'.repeat(500))).toHaveLength(80);
    expect(shownName('\u0000 ')).toBeUndefined();
  });
});
