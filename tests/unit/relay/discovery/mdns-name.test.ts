import { expect, it } from 'vitest';
import { type MdnsPort, mdnsName } from '../../../../relay/discovery/mdns-name.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const portWith = (ask: MdnsPort['ask'], time = new FakeTime()): MdnsPort => ({
  timers: time,
  ask,
  hostname: 'Box.lan',
  addresses: ['192.168.1.5', 'fd00::5'],
});
const answering = (answer: string): MdnsPort => portWith(() => Promise.resolve(answer));

it('asks for the bare name of the host, and gives it where it is this host', async () => {
  const asked: string[] = [];
  const port = portWith((line) => {
    asked.push(line);
    return Promise.resolve('+ 2 0 box.local 192.168.1.5\n');
  });
  expect(await mdnsName(port)).toEqual({ name: 'box.local', address: '192.168.1.5' });
  expect(asked).toEqual(['RESOLVE-HOSTNAME-IPV4 box.local\n']);
});

it.each([
  ['another host has the name', '+ 2 0 box.local 192.168.1.6\n'],
  ['nobody has it', '-15 Timeout reached\n'],
  ['it answers for another name', '+ 2 0 box-2.local 192.168.1.5\n'],
  ['it says nothing', ''],
  ['it talks nonsense', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
])('gives none where %s', async (_what, answer) => {
  expect(await mdnsName(answering(answer))).toBeUndefined();
});

it('gives none where no avahi runs', async () => {
  expect(await mdnsName(portWith(() => Promise.reject(new Error('ENOENT'))))).toBeUndefined();
});

it('waits 400 ms for one that hangs, and lets go of it', async () => {
  const time = new FakeTime();
  let signal: AbortSignal | undefined;
  const found = mdnsName(
    portWith((_line, given) => {
      signal = given;
      return new Promise(() => undefined);
    }, time),
  );
  time.advance(399);
  expect(signal?.aborted).toBe(false);
  time.advance(1);
  expect(await found).toBeUndefined();
  expect(signal?.aborted).toBe(true);
  expect(time.pending).toBe(0);
});
