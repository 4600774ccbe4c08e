import type { SecretBoxService } from '@app/auth';
import type { EntityManager } from '@mikro-orm/core';
import type { Grant } from '../oauth/grant.js';
import { ConnectionStore } from './connection-store.js';
import type { PendingRevocations } from './pending-revocations.js';
import { ServerConnection } from './server-connection.entity.js';

const box = {
  open: (_: string, __: string, sealed: string) => {
    if (sealed === 'of another pepper') throw new Error('sealed under another pepper');
    return sealed;
  },
} as unknown as SecretBoxService;

const aConnection = (id: string, issuer: string, client: string, sealed?: string) =>
  Object.assign(new ServerConnection(), {
    id,
    accountId: 'ada',
    server: 'mail',
    issuer,
    version: 1,
    sealedGrant: sealed ?? JSON.stringify({ client: { client_id: client } } as Grant),
  });

describe('a connection in the place of another one', () => {
  const put = async (found: (ServerConnection | null)[], deleted: number[]) => {
    const done: string[] = [];
    const em = {
      findOne: () => Promise.resolve(found.shift()),
      nativeDelete: () => Promise.resolve(deleted.shift()),
      insert: (_: unknown, { id }: ServerConnection) => Promise.resolve(done.push(`insert ${id}`)),
    } as unknown as EntityManager;
    const pending = {
      add: (by: EntityManager, { id, version }: ServerConnection) =>
        Promise.resolve(by === em && done.push(`pending ${id} ${version}`)),
    } as unknown as PendingRevocations;
    const replaced = await new ConnectionStore(em, box, pending).put(
      em,
      aConnection('new', 'https://a.example', 'app'),
    );
    return [...done, replaced?.id];
  };

  it.each([
    ['none', null, ['insert new', undefined]],
    ['the same client', ['https://a.example', 'app'], ['insert new', undefined]],
    ['another client', ['https://a.example', 'old'], ['pending old 1', 'insert new', 'old']],
    ['another issuer', ['https://b.example', 'app'], ['pending old 1', 'insert new', 'old']],
    [
      'another pepper',
      ['https://b.example', 'app', 'of another pepper'],
      ['insert new', undefined],
    ],
  ] as const)('has the old one of %s pending where it is to be revoked', async (_, old, done) => {
    const found = old && aConnection('old', old[0], old[1], old[2]);
    expect(await put([found], [1])).toEqual(done);
  });

  it('has the tokens revoked of a renewal in between', async () => {
    const old = aConnection('old', 'https://b.example', 'app');
    const renewed = Object.assign(aConnection('old', 'https://b.example', 'app'), { version: 2 });
    expect(await put([old, renewed], [0, 1])).toEqual(['pending old 2', 'insert new', 'old']);
  });
});
