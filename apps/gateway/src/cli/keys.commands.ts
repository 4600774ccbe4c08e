import { type KeySummary, KeyRotationService } from '@app/auth';
import type { INestApplicationContext } from '@nestjs/common';
import type { Command, CommandInput } from './command.js';
import { audited } from './local-call.js';

/** Makes a new signing key. */
export const rotateKeys: Command = {
  name: 'keys rotate',
  usage: '[--revoke-old] [--new-secret]',
  summary:
    'sign access tokens with a new key; with --revoke-old refuse all other keys at once; --new-secret: JWT_SECRET was given up',
  options: { 'revoke-old': { type: 'boolean' }, 'new-secret': { type: 'boolean' } },
  run: rotate,
};

/** Shows the keys, never a secret. */
export const listKeys: Command = {
  name: 'keys list',
  usage: '',
  summary: 'show which keys sign and verify access tokens',
  run: list,
};

async function rotate(app: INestApplicationContext, { options }: CommandInput): Promise<string> {
  const revokeOld = options['revoke-old'] === true;
  const hasNewSecret = options['new-secret'] === true;
  const kid = await audited(app, 'keys.rotated', 'signing_key', (record) =>
    app.get(KeyRotationService).rotate({ revokeOld, hasNewSecret }, record),
  );
  return revokeOld
    ? `Key ${kid} signs from now on. All other keys are refused within a second; apps renew their tokens.`
    : `Key ${kid} signs from now on. The others verify until the tokens that they signed have expired.`;
}

async function list(app: INestApplicationContext): Promise<string> {
  const { keys, unreadable } = await app.get(KeyRotationService).list();
  return [
    line('KEY', 'FROM', 'CREATED', 'USE'),
    ...keys.map((key) => line(key.kid, key.origin, day(key.createdAt), useOf(key))),
    ...unreadable.map((kid) => line(kid, 'database', '', 'none: JWT_SECRET does not open it')),
  ].join('\n');
}

function useOf({ isSigner, until }: KeySummary): string {
  if (isSigner) return 'signs';
  return until === Infinity ? 'verifies' : `verifies until ${day(new Date(until))}`;
}

function day(date: Date | undefined): string {
  return date?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';
}

function line(kid: string, origin: string, created: string, use: string): string {
  return `${kid.padEnd(13)} ${origin.padEnd(20)} ${created.padEnd(21)} ${use}`;
}
