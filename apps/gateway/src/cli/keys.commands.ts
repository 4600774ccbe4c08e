import { type KeySummary, KeyRotationService } from '@app/auth';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { flag } from './program/input.js';
import { table } from './program/table.js';

const rotate = command({
  name: 'keys rotate',
  summary: 'sign access tokens with a new key',
  options: {
    revokeOld: flag('refuse all other keys at once'),
    newSecret: flag('JWT_SECRET was replaced: give up the stored keys, which it cannot open'),
  },
  async run(app, { options: { revokeOld, newSecret } }) {
    const kid = await audited(app, 'keys.rotated', 'signing_key', (record) =>
      app.get(KeyRotationService).rotate({ revokeOld, hasNewSecret: newSecret }, record),
    );
    const text = revokeOld
      ? `Key ${kid} signs from now on. All other keys are refused within a second; apps renew their tokens.`
      : `Key ${kid} signs from now on. The others verify until the tokens that they signed have expired.`;
    return { data: { kid, othersRevoked: revokeOld }, text };
  },
});

/** Never shows a secret. */
const list = command({
  name: 'keys list',
  summary: 'show which keys sign and verify access tokens',
  async run(app) {
    const { keys, unreadable } = await app.get(KeyRotationService).list();
    const rows = [
      ...keys.map((key) => [key.kid, key.origin, day(key.createdAt), useOf(key)]),
      ...unreadable.map((kid) => [kid, 'database', '', 'none: JWT_SECRET does not open it']),
    ];
    const text = table(['KEY', 'FROM', 'CREATED', 'USE'], rows);
    return { data: { keys: keys.map(toDocument), unreadable }, text };
  },
});

function toDocument({ kid, origin, createdAt, isSigner, until }: KeySummary) {
  return {
    kid,
    origin,
    createdAt: createdAt?.toISOString() ?? null,
    isSigner,
    verifiesUntil: isSigner || until === Infinity ? null : new Date(until).toISOString(),
  };
}

function useOf({ isSigner, until }: KeySummary): string {
  if (isSigner) return 'signs';
  return until === Infinity ? 'verifies' : `verifies until ${day(new Date(until))}`;
}

function day(date: Date | undefined): string {
  return date?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';
}

export const keyCommands: CommandGroup = {
  noun: 'keys',
  summary: 'The keys that sign access tokens',
  commands: [rotate, list],
};
