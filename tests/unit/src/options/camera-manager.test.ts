import { describe, expect, it } from 'vitest';
import { CommandError, type CommandInput } from '../../../../src/extension/link-commands.ts';
import type { LinkStatus } from '../../../../src/extension/relay-link.ts';
import { EMPTY_RELAY_STATE, type RelayState } from '../../../../src/extension/relay-state.ts';
import { CameraManager } from '../../../../src/options/camera-manager.ts';
import type { TestedCamera } from '../../../../src/wire/camera-commands.ts';
import type { CommandAnswer } from '../../../../src/wire/protocol.ts';

const OPEN: LinkStatus = { phase: 'open', reason: '', refusal: undefined, retryAtMs: undefined };
const listed = (revision: string, ...ids: string[]): CommandAnswer => ({
  kind: 'cameras',
  revision,
  cameras: ids.map((id) => ({ id, name: id, source: 'test', place: '' })),
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(features: readonly string[] = ['cameras']) {
  const asked: CommandInput[] = [];
  const next = { answer: (): CommandAnswer | undefined => listed('one', 'door', 'yard') };
  let listener = (): void => undefined;
  const link = {
    status: OPEN,
    state: { ...EMPTY_RELAY_STATE, features } as RelayState,
    command(input: CommandInput) {
      asked.push(input);
      try {
        return Promise.resolve(next.answer());
      } catch (error) {
        return Promise.reject(error);
      }
    },
    onChange(run: () => void) {
      listener = run;
      return () => undefined;
    },
  };
  return { manager: new CameraManager(link), link, asked, next, tell: () => listener() };
}

describe('CameraManager', () => {
  it('asks for the list when the link opens, and again when the relay tells of other cameras', async () => {
    const { manager, link, asked, tell } = setUp();
    await settle();
    expect(manager.state.value).toMatchObject({ phase: 'ready', list: { revision: 'one' } });
    tell();
    expect(asked).toHaveLength(1);
    link.status = { ...OPEN, phase: 'waiting', reason: 'The relay is restarting.' };
    tell();
    expect(manager.state.value).toMatchObject({ phase: 'unable', reason: 'The relay is restarting.' });
    link.status = OPEN;
    tell();
    await settle();
    expect([manager.state.value.phase, asked.length]).toEqual(['ready', 2]);
  });

  it('asks nothing of a relay that does not do it', () => {
    const { manager, asked } = setUp([]);
    expect(manager.state.value).toMatchObject({
      phase: 'unable',
      reason: expect.stringContaining('update it'),
    });
    expect(asked).toEqual([]);
  });

  it('names the revision that it knows with each change', async () => {
    const { manager, asked, next } = setUp();
    await settle();
    next.answer = () => listed('two', 'yard', 'door');
    expect(await manager.move('door', 1)).toBe(true);
    expect(asked[1]).toEqual({ command: 'order-cameras', revision: 'one', order: ['yard', 'door'] });
    expect(manager.state.value.outcome).toEqual({ good: true, text: 'Moved to place 2 of 2.' });
    expect([await manager.move('door', 1), asked.length]).toEqual([false, 2]);
    await manager.rename('door', ' Front ');
    expect(asked[2]).toEqual({ command: 'rename-camera', revision: 'two', camera: 'door', name: ' Front ' });
  });

  it('tells what was wrong, and looks again when the file was changed meanwhile', async () => {
    const { manager, asked, next } = setUp();
    await settle();
    next.answer = () => {
      next.answer = () => listed('three', 'door');
      throw new CommandError('changed-meanwhile', 'Somebody else did.');
    };
    expect(await manager.remove('yard', 'Yard')).toBe(false);
    await settle();
    expect(manager.state.value).toMatchObject({
      busy: undefined,
      list: { revision: 'three' },
      outcome: { good: false, text: 'Somebody else did.' },
    });
    next.answer = () => {
      throw new CommandError('bad-value', 'No.', 'address');
    };
    expect(await manager.test({ address: 'x', substream: '', username: '', password: '' })).toBe(false);
    expect(manager.state.value.outcome).toEqual({ good: false, text: 'No.', field: 'address' });
    next.answer = () => {
      throw new CommandError('not-allowed', 'may not');
    };
    await manager.find();
    expect(manager.state.value).toMatchObject({ phase: 'forbidden', reason: 'may not' });
    expect(asked).toHaveLength(5);
  });

  it('forgets a tested camera that was added, and does one thing at a time', async () => {
    const { manager, asked, next } = setUp();
    await settle();
    const camera: TestedCamera = { draft: 'd', name: 'Shed', verdict: 'good', findings: [], cost: '' };
    next.answer = () => ({ kind: 'tested', cameras: [camera], notes: ['One is left out.'] });
    const test = manager.test({ address: '192.0.2.7', substream: '', username: 'u', password: 'p' });
    expect(await manager.add('d', 'Shed')).toBe(false);
    await test;
    expect(manager.state.value.tested).toEqual([camera]);
    expect(manager.state.value.outcome.text).toBe(
      'It answers. Give it a name, then add it. One is left out.',
    );
    next.answer = () => listed('four', 'door', 'yard', 'shed');
    expect(await manager.add('d', 'Shed')).toBe(true);
    expect([manager.state.value.tested, asked.length]).toEqual([[], 3]);
  });
});
