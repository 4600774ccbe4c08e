import { insertRow } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { v7 } from 'uuid';

/** Stores an account with a conversation, as an earlier version may have left it: columns with defaults are left out. */
export async function aStoredConversation(
  em: SqlEntityManager,
  title = '-',
): Promise<{ readonly accountId: string; readonly conversationId: string }> {
  const [accountId, conversationId, now] = [v7(), v7(), new Date()];
  await insertRow(em, 'accounts', {
    id: accountId,
    username: accountId,
    username_key: accountId,
    password_hash: '-',
    role: 'user',
    created_at: now,
  });
  await insertRow(em, 'conversations', {
    id: conversationId,
    account_id: accountId,
    profile_id: 'notes',
    title,
    created_at: now,
    updated_at: now,
  });
  return { accountId, conversationId };
}
