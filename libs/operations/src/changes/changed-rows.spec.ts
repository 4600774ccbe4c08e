import type { EntityManager } from '@mikro-orm/core';
import { ChangedRows } from './changed-rows.js';
import type { FollowedRow } from './followed-row.js';

/** What the database answers, in order; an error where it is away. */
class ToldDatabase {
  readonly asked: object[] = [];

  constructor(private readonly answers: (readonly FollowedRow[] | Error)[]) {}

  fork(): this {
    return this;
  }

  getConnection(): object {
    return {};
  }

  find(_entity: unknown, where: object): Promise<readonly FollowedRow[]> {
    this.asked.push(where);
    const answer = this.answers.shift() ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

describe('rows that operators write', () => {
  const row = (id: string, more: Partial<FollowedRow> = {}): FollowedRow => ({ id, ...more });
  let known: Map<string, number>;
  const following = (...answers: (readonly FollowedRow[] | Error)[]) => {
    known = new Map();
    const database = new ToldDatabase(answers);
    const rows = new ChangedRows<FollowedRow>(
      database as unknown as EntityManager,
      class Row {} as never,
      {
        known: () => known.keys(),
        keep: ({ id }, end) => known.set(id, end),
        forget: (id) => known.delete(id),
      },
    );
    return { rows, database };
  };

  it('are known until they are removed, or over', async () => {
    const soon = new Date(Date.now() + 60_000);
    const { rows } = following(
      [row('a'), row('b', { expiresAt: soon })],
      [row('a', { removedAt: new Date() }), row('c', { expiresAt: new Date(Date.now() - 1) })],
    );
    await rows.readAll();
    expect([...known]).toEqual([
      ['a', Infinity],
      ['b', soon.getTime()],
    ]);
    await rows.look();
    expect([...known.keys()]).toEqual(['b']);
  });

  it('stay known while the database is away, and are caught up with', async () => {
    const { rows } = following([row('a')], new Error('away'), new Error('away'), [row('b')]);
    await rows.readAll();
    await expect(rows.look()).rejects.toThrow('away');
    await expect(rows.look()).rejects.toThrow('away');
    expect([...known.keys()]).toEqual(['a']);
    await rows.look();
    expect([...known.keys()]).toEqual(['a', 'b']);
  });

  it('are forgotten where all that is in force lacks them', async () => {
    const { rows } = following([row('a'), row('b')], [row('b')]);
    await rows.readAll();
    await rows.readAll();
    expect([...known.keys()]).toEqual(['b']);
  });
});
