import { expect, it } from 'vitest';
import { withTls } from '../../../../relay/setup/yaml-tls.ts';

const FILES = { certificate: 'lockstep.crt', key: 'lockstep.key' };

it('adds the files to the server, and keeps comments', () => {
  const text = `# mine
server:
  host: 0.0.0.0 # everywhere
# of the house
cameras: []
`;
  expect(withTls(text, FILES)).toBe(`# mine
server:
  host: 0.0.0.0 # everywhere
  tls:
    certificate: lockstep.crt
    key: lockstep.key
# of the house
cameras: []
`);
});

it('makes the group where there is none, and changes files that stand there', () => {
  const once = withTls('cameras: []\n', FILES);
  expect(once).toContain('server:\n  tls:\n    certificate: lockstep.crt\n    key: lockstep.key\n');
  expect(withTls(once, { certificate: 'b.crt', key: 'b.key' })).toBe(once.replaceAll('lockstep.', 'b.'));
});

it('leaves a reference alone', () => {
  expect(() => withTls('x: &s {port: 1}\nserver: *s\n', FILES)).toThrow('written as a reference');
});
