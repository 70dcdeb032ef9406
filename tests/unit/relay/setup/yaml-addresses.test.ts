import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withAddresses } from '../../../../relay/setup/yaml-addresses.ts';
import { YamlShapeError } from '../../../../relay/setup/yaml-cameras.ts';

const TEXT = `# Mine.
cameras:
  - id:   yard   # odd blanks
    source:
      type: rtsp
      url: 'rtsp://192.0.2.7/1' # main
      substreams: [ {url: rtsp://192.0.2.7/2}, { url: "rtsp://192.0.2.99/2" } ]
  - { id: hall, source: { type: rtsp, url: rtsp://192.0.2.7/1 } } # the same address, another camera
`;

describe('withAddresses', () => {
  it('changes the addresses of one camera, and not a blank of the rest', () => {
    const urls = new Map([
      ['rtsp://192.0.2.7/1', 'rtsp://192.0.2.8/1'],
      ['rtsp://192.0.2.7/2', 'rtsp://192.0.2.8/2'],
    ]);
    const changed = withAddresses(TEXT, 'yard', urls);
    expect(changed).toBe(
      TEXT.replace("'rtsp://192.0.2.7/1'", '"rtsp://192.0.2.8/1"').replace(
        'rtsp://192.0.2.7/2',
        '"rtsp://192.0.2.8/2"',
      ),
    );
    expect(parse(changed).cameras[1].source.url).toBe('rtsp://192.0.2.7/1');
  });

  it.each([
    [
      'a reference',
      TEXT.replace("'rtsp://192.0.2.7/1'", '*there').replace('# Mine.', 'x: &there rtsp://192.0.2.7/1'),
    ],
    ['another address by now', TEXT.replace('192.0.2.7/1', '192.0.2.9/1')],
  ])('writes nothing where there is %s', (_what, text) => {
    expect(() => withAddresses(text, 'yard', new Map([['rtsp://192.0.2.7/1', 'rtsp://x/1']]))).toThrow(
      YamlShapeError,
    );
  });
});
