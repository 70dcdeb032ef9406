import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostMarks, Knowledge } from '../../../../relay/capacity/knowledge.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { HEVC_4K, RUNG_360, work } from './host.ts';

const WORK = work(HEVC_4K, RUNG_360);
const COST = { cores: 1.7, thread: 1.6 };

let dataDir: string;
let file: string;
const time = new FakeTime();
let warnings: string[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lockstep-knowledge-'));
  file = join(dataDir, 'knowledge.json');
  warnings = [];
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function open(host = 'this one'): Knowledge {
  const quiet = (): void => undefined;
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (_: object, text: string) => void warnings.push(text),
  };
  return new Knowledge({ dataDir, host: [host], log, timers: time });
}

function learn(): void {
  const knowledge = open();
  knowledge.costs.learn(WORK, COST);
  knowledge.changed();
  knowledge.save();
}

describe('Knowledge', () => {
  it('is there at the next start, and private', () => {
    learn();
    expect(open().costs.estimate(WORK)).toEqual(COST);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([]);
  });

  it('forgets the streams of cameras that are not configured any more, and only those', () => {
    const before = open();
    for (const name of ['front/main', 'front/sub1', 'front2/main', 'yard/main'])
      before.streams.stream(name).learn('abc');
    before.save();
    const after = open();
    after.streams.keepOnly(['front2', 'yard', 'new']);
    after.save();
    expect(open().streams.headers).toEqual({ 'front2/main': 'abc', 'yard/main': 'abc' });
  });

  it('knows a stream at the next start, also on another host', () => {
    const before = open();
    before.streams.stream('front/main').learn('abc');
    before.streams.stream('front/sub1').learn('def');
    before.streams.stream('front/sub1').learn(undefined);
    before.save();
    const { streams } = open('another one');
    expect([streams.stream('front/main').header, streams.stream('front/sub1').header]).toEqual([
      'abc',
      undefined,
    ]);
  });

  it('reads a file that holds more than is used now', () => {
    learn();
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1,', '"version": 1,"streams": {},'));
    expect(open().costs.estimate(WORK)).toEqual(COST);
    expect(warnings).toEqual([]);
  });

  it('writes some time after it changed, once, and not when nothing did', () => {
    const knowledge = open();
    knowledge.save();
    expect(existsSync(file)).toBe(false);
    knowledge.changed();
    knowledge.changed();
    time.advance(60_000);
    expect(existsSync(file)).toBe(true);
    expect(time.pending).toBe(0);
  });

  it.each([
    ['garbage', () => '{"version":1,'],
    ['of a later version', (text: string) => text.replace('"version": 1', '"version": 2')],
    ['with a figure that cannot be', (text: string) => text.replace('"cores": 1.7', '"cores": -1')],
    ['much too large', () => ' '.repeat(2 << 20)],
  ])('is set aside with one line when it is %s', (_, spoil) => {
    learn();
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    const knowledge = open();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('is kept as');
    expect(existsSync(`${file}.unusable`)).toBe(true);
    expect(knowledge.costs.knows(WORK)).toBe(false);
    learn();
    expect(open().costs.estimate(WORK)).toEqual(COST);
  });

  it('believes nothing of what another host can do', () => {
    learn();
    const knowledge = open('another');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('another host');
    expect(knowledge.costs.knows(WORK)).toBe(false);
  });

  it('goes on without a folder to write to, and says so once', () => {
    const knowledge = open();
    rmSync(dataDir, { recursive: true });
    for (let n = 0; n < 3; n += 1) {
      knowledge.changed();
      knowledge.save();
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('cannot be written');
  });
});

describe('hostMarks', () => {
  it('tells a host by its machine id, or else its name, and by its processor', () => {
    const cpus = [{ model: 'A' }, { model: 'A' }];
    expect(hostMarks(() => 'abc\n', cpus)).toEqual(['abc', 'A', '2']);
    expect(hostMarks(() => undefined, cpus)).toEqual([hostname(), 'A', '2']);
  });
});
