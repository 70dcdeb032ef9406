import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Draft } from '../../../../relay/setup/draft.ts';
import { NEW_FILE, withCameras } from '../../../../relay/setup/yaml-text.ts';

const draft = (name: string, password = 's3cr3t'): Draft => ({
  name,
  source: {
    type: 'rtsp',
    ...{ url: `rtsp://cam/${encodeURIComponent(name)}?a=1&b=#`, username: 'viewer', password },
    substreams: [{ url: 'rtsp://cam/small' }],
  },
  seen: ['H.264, 1920x1080', undefined],
});

describe('withCameras', () => {
  it('begins a file that explains itself', () => {
    const text = withCameras(NEW_FILE, { drafts: [draft('Front door')], host: '0.0.0.0', port: 8781 });
    expect(text).toContain('  host: 0.0.0.0\n');
    expect(text).toContain('  port: 8781\n');
    expect(text).toContain('      # H.264, 1920x1080\n      url: ');
    expect(text).toContain(
      '      # A smaller stream of the same picture.\n      substreams:\n        - url: rtsp://cam/small\n',
    );
    expect(parse(text).cameras).toEqual([
      { id: 'front-door', name: 'Front door', source: draft('Front door').source },
    ]);
  });

  it.each(['a: b #c', '"', "'", '*x', '- 1', '123', 'true', ' blank ', '\\n', 'ä€😀', '%', '{', '&x', '!x'])(
    'writes the password %j so that it is read again',
    (password) => {
      const text = withCameras(NEW_FILE, { drafts: [draft('Door', password)] });
      expect(parse(text).cameras[0].source.password).toBe(password);
    },
  );

  it('keeps what stands in the file, comments and order too, and gives ids that are free', () => {
    const before = [
      '# Mine.',
      'logLevel: warn   # less',
      'cameras:',
      '  # the good one',
      '  - {id: door, source: {type: v4l2, device: /dev/video0}} # usb',
      'server: {port: 9000}',
      '',
    ].join('\n');
    const text = withCameras(before, { drafts: [draft('Door')] });
    for (const line of ['# Mine.', 'logLevel: warn # less', '  # the good one', '# usb'])
      expect(text).toContain(line);
    expect(parse(text)).toMatchObject({
      server: { port: 9000 },
      cameras: [
        { id: 'door', source: { type: 'v4l2' } },
        { id: 'door-2', name: 'Door' },
      ],
    });
    expect(parse(withCameras(before, { drafts: [], host: '0.0.0.0' })).server).toEqual({
      port: 9000,
      host: '0.0.0.0',
    });
  });

  it('puts real cameras in the place of a test picture, but only where there is nothing else', () => {
    const test = '  - {id: test, source: {type: test}}\n';
    const real = '  - {id: desk, source: {type: v4l2, device: /dev/video0}}\n';
    const ids = (text: string): string[] =>
      parse(withCameras(text, { drafts: [draft('Door')] })).cameras.map(({ id }: { id: string }) => id);
    expect(ids(`cameras:\n${test}`)).toEqual(['door']);
    expect(ids(`cameras:\n${test}${real}`)).toEqual(['test', 'desk', 'door']);
  });
});
