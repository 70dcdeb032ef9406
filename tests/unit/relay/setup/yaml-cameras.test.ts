import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  withName,
  withOffset,
  withOrder,
  withoutCamera,
  YamlShapeError,
} from '../../../../relay/setup/yaml-cameras.ts';

const TEXT = `# Mine.
server: { port: 9000 } # not the usual one

# The wall, from left to right.

cameras:
  # About all of them.

  # The good one.
  - id: door # short
    name: "Front: door" # shown
    # Its source.
    source: { type: test }
    # End of the door.

  # The yard,
  # and the shed.
  - id: yard
    source:
      type: rtsp
      url: rtsp://cam/1
      password: "#1: 'x'"
      substreams:
        - url: rtsp://cam/2 # small

  # In the hall.
  - { id: hall, source: { type: test } }
logLevel: warn # less
`;
const ids = (text: string): string[] => parse(text).cameras.map(({ id }: { id: string }) => id);
const comments = (text: string): string[] => [...text.matchAll(/#\s.*$/gm)].map(([line]) => line).sort();

describe('withOrder', () => {
  it('moves each camera with the comments that are about it', () => {
    const moved = withOrder(TEXT, ['hall', 'yard', 'door']);
    expect(ids(moved)).toEqual(['hall', 'yard', 'door']);
    expect(comments(moved)).toEqual(comments(TEXT));
    expect(moved).toContain('  # In the hall.\n  - { id: hall');
    expect(moved).toContain('  # The yard,\n  # and the shed.\n  - id: yard\n');
    expect(moved).toContain('  # The good one.\n  - id: door # short\n');
    expect(moved).toContain('    # End of the door.\n');
    expect(moved.indexOf('# About all of them.')).toBeLessThan(moved.indexOf('# In the hall.'));
    expect(parse(moved).cameras[1]).toEqual(parse(TEXT).cameras[1]);
  });

  it('and back again is the file that it was', () => {
    const back = withOrder(withOrder(TEXT, ['hall', 'yard', 'door']), ['door', 'yard', 'hall']);
    expect(back).toBe(TEXT);
  });

  it.each([[['door', 'yard']], [['door', 'yard', 'yard']], [['door', 'yard', 'attic']]])(
    'refuses %j, which is not all of them',
    (order) => {
      expect(() => withOrder(TEXT, order)).toThrow(YamlShapeError);
    },
  );
});

describe('withoutCamera', () => {
  it('takes the camera and what is about it, and nothing else', () => {
    const without = withoutCamera(TEXT, 'yard');
    expect(ids(without)).toEqual(['door', 'hall']);
    expect(comments(TEXT).filter((line) => !comments(without).includes(line))).toEqual([
      '# The yard,',
      '# and the shed.',
      '# small',
    ]);
    expect(withoutCamera(TEXT, 'door')).toContain('  # About all of them.\n\n  # The yard,\n');
  });
});

describe('withName', () => {
  it('changes a name where it stands, and gives one where there was none', () => {
    const renamed = withName(TEXT, 'door', 'Back: "door" #2');
    expect(parse(renamed).cameras[0].name).toBe('Back: "door" #2');
    expect(renamed).toMatch(/name: .* # shown\n/);
    const named = withName(TEXT, 'yard', 'Yard');
    expect(named).toContain('  - id: yard\n    name: Yard\n    source:\n');
    expect(comments(named)).toEqual(comments(TEXT));
  });

  it.each(['*x', '- 1', '123', 'true', '~', '{', '!x', '😀', "it's"])(
    'writes the name %j as text',
    (name) => {
      expect(parse(withName(TEXT, 'hall', name)).cameras[2].name).toBe(name);
    },
  );

  it('refuses a camera that is a reference to what stands elsewhere', () => {
    const text = 'a: &a { id: door, source: { type: test } }\ncameras:\n  - *a\n';
    expect(() => withName(text, 'door', 'Door')).toThrow('written as a reference');
  });
});

it('keeps comments apart in a list without indentation', () => {
  const text =
    'cameras:\n# One.\n- id: a\n  source: {type: test}\n# Two.\n- id: b\n  source:\n    type: test\n';
  const moved = withOrder(text, ['b', 'a']);
  expect(moved).toMatch(/# Two\.\n *- id: b/);
  expect(moved).toMatch(/# One\.\n *- id: a/);
});

describe('withOffset', () => {
  it.each(['door', 'yard', 'hall'])(
    'sets the capture delay of %s, and changes it, and nothing else',
    (id) => {
      const set = withOffset(withOffset(TEXT, id, 420), id, -40);
      const [before, after] = [parse(TEXT), parse(set)];
      const { offsetMs, ...rest } = after.cameras.find((camera: { id: string }) => camera.id === id);
      expect(offsetMs).toBe(-40);
      expect(rest).toEqual(before.cameras.find((camera: { id: string }) => camera.id === id));
      expect(ids(set)).toEqual(ids(TEXT));
      expect(comments(set)).toEqual(comments(TEXT));
    },
  );

  it('says which key to change by hand where a camera is a reference', () => {
    const text = 'x: &door { id: door, source: { type: test } }\ncameras:\n  - *door\n';
    expect(() => withOffset(text, 'door', 1)).toThrow(/camera "door".*change its offsetMs there by hand/);
  });
});
