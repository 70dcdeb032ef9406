import { describe, expect, it } from 'vitest';
import { CameraUrlError, rtspInput } from '../../../../relay/source/camera-url.ts';

const input = (url: string, login: { username?: string; password?: string } = {}) =>
  rtspInput({ type: 'rtsp', url, ...login }, false);
const fileLine = (url: string, login = {}): string =>
  input(url, login)
    .list.split('\n')
    .find((line) => line.startsWith('file ')) ?? '';

describe('rtspInput', () => {
  it('hands the address over in a list, with TCP and a socket timeout', () => {
    expect(input('rtsp://cam.lan:8554/main?channel=1').list.split('\n').slice(0, 4)).toEqual([
      'ffconcat version 1.0',
      "file 'rtsp://cam.lan:8554/main?channel=1'",
      'option rtsp_transport tcp',
      'option timeout 5000000',
    ]);
  });

  it('puts user and password into the address, escaped', () => {
    expect(fileLine('rtsp://cam/x', { username: 'a@b', password: "p@ss'w:rd/%41" })).toBe(
      "file 'rtsp://a%40b:p%40ss'\\''w%3Ard%2F%2541@cam/x'",
    );
  });

  it('knows every form in which the password could show up', () => {
    expect(input('rtsp://admin:s%23cret@cam/x').secrets).toEqual(['s%23cret', 's#cret']);
    expect(input('rtsp://cam/x', { username: 'u', password: 'a/b' }).secrets).toEqual(['a%2Fb', 'a/b']);
    expect(input('rtsp://cam/x').secrets).toEqual([]);
  });

  it('allows only the protocols it needs', () => {
    expect(input('rtsp://cam/x').protocols).toBe('pipe,tcp');
    expect(input('RTSPS://cam/x').protocols).toBe('pipe,tcp,tls');
  });

  it.each([
    ["rtsp://cam/x'\noption rtsp_transport udp", 'control characters'],
    ['rtsp://cam/x\ty', 'control characters'],
    ['http://cam/x', 'must begin with rtsp:// or rtsps://'],
    ['file:///etc/passwd', 'must begin with rtsp:// or rtsps://'],
    ['concat:rtsp://cam', 'must begin with rtsp:// or rtsps://'],
    ['-i rtsp://cam', 'control characters'],
    ['rtsp:///x', 'names no host'],
    ['rtsp://cam:99999/x', 'is no URL'],
  ])('refuses %j', (url, message) => {
    expect(() => input(url)).toThrow(CameraUrlError);
    expect(() => input(url)).toThrow(message);
  });

  it('never repeats the address in its refusal', () => {
    expect(() => input('rtsp://admin:hush@cam:99999/x')).toThrow(/^(?!.*hush)/);
  });

  it('keeps a quote in the address inside the quotes', () => {
    expect(fileLine("rtsp://cam/a'b' -vf x".replace(/ /g, '%20'))).toBe(
      "file 'rtsp://cam/a'\\''b'\\''%20-vf%20x'",
    );
  });
});
