import type { ChangeLookJob } from '@app/persistence';
import type { OpenStreams } from '@app/security';
import { SwitchBoard } from '@app/switches';
import type { EntityManager } from '@mikro-orm/core';
import { KnownSwitches } from './known-switches.js';
import { SwitchListService } from './switch-list.service.js';

/** Reads when it is told to. */
class ReadOnce extends SwitchListService {
  protected override start(): Promise<void> {
    return Promise.resolve();
  }

  look(): Promise<void> {
    return this.read();
  }
}

function aList(find: () => object[]) {
  const em = { fork: () => ({ find: () => Promise.resolve(find()) }), getConnection: () => ({}) };
  const board = new SwitchBoard();
  const known = new KnownSwitches(board);
  const streams = { endWhere: () => undefined } as unknown as OpenStreams;
  const look = { follow: () => undefined } as unknown as ChangeLookJob;
  const list = new ReadOnce(look, em as unknown as EntityManager, board, known, streams);
  return { list, board, known };
}

const row = (id: string, target: string, expiresAt: Date | null = null) => ({
  id,
  scope: 'profile',
  target,
  expiresAt,
  removedAt: null,
});

describe('the list of what is off', () => {
  it('tells the board the latest end of each part', async () => {
    const soon = new Date(Date.now() + 60_000);
    const rows = [row('1', 'notes', soon), row('2', 'notes'), row('3', 'mail', soon)];
    const { list, board } = aList(() => rows);
    const off = vi.spyOn(board, 'switchOff');
    await list.onApplicationBootstrap();
    await list.onModuleDestroy();
    const told = new Map(off.mock.calls.map(([{ target }, end]) => [target, end]));
    expect(told).toEqual(
      new Map([
        ['notes', Infinity],
        ['mail', soon.getTime()],
      ]),
    );
    expect(board.isOff('profile', 'files')).toBe(false);
  });

  it('takes back what this instance has made, where another one has removed it before the first look', async () => {
    const removed = { ...row('1', 'notes'), removedAt: new Date() };
    const { list, board, known } = aList(() => [removed]);
    known.keep('1', { scope: 'profile', target: 'notes' }, Infinity);
    known.tellBoard();
    expect(board.isOff('profile', 'notes')).toBe(true);
    await list.look();
    expect(board.isOff('profile', 'notes')).toBe(false);
  });
});
