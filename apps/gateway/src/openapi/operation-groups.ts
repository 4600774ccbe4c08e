import type { OpenAPIObject } from '@nestjs/swagger';

/** What the operations are listed under, in the order in which an app meets them. */
export const OPERATION_GROUPS: Readonly<Record<string, string>> = {
  'Sign in': 'Create an account or start without one, sign in, and renew the tokens.',
  Assistants: 'The assistants, and the commands of each.',
  Chat: 'Messages and their answers, the history, conversations.',
  Connections: 'External services that assistants use with the account of the user there.',
  Devices: 'Where the account is signed in, and how to sign out.',
  Account: 'Mail address, password, and notices of what happened to the account.',
  'Forgotten password': 'Set a new password with a token from a mail.',
  'Second factors': 'Codes of an authenticator app, recovery codes, passkeys.',
  'Step-up': 'Authenticate again: sensitive calls require it with `step_up_required`.',
  'Personal data': 'Usage and quotas, consents, the export, deletion of the account.',
  Administration: 'Accounts and the audit trail, for administrators and auditors.',
  Health: 'Whether the gateway is up.',
};

/** What an app calls first. Within a group, other operations follow as the code declares them. */
const FIRST_PATHS = [
  '/api/auth/register',
  '/api/auth/login',
  '/api/auth/refresh',
  '/api/auth/me',
  '/api/auth/device',
  '/api/auth/upgrade',
  '/api/profiles',
  '/api/chat',
  '/health',
];

/** Puts the paths of a document in the order in which an app needs them. */
export function sortByUse(document: OpenAPIObject): void {
  const groups = Object.keys(OPERATION_GROUPS);
  const sorted = Object.entries(document.paths).toSorted(
    ([path, item], [otherPath, otherItem]) =>
      rankIn(groups, tagOf(item)) - rankIn(groups, tagOf(otherItem)) ||
      rankIn(FIRST_PATHS, path) - rankIn(FIRST_PATHS, otherPath),
  );
  document.paths = Object.fromEntries(sorted);
}

function tagOf(item: OpenAPIObject['paths'][string]): string | undefined {
  const [operation] = Object.values(item) as { tags?: string[] }[];
  return operation?.tags?.[0];
}

/** What is not listed comes last. */
function rankIn(list: readonly string[], entry: string | undefined): number {
  const rank = entry === undefined ? -1 : list.indexOf(entry);
  return rank < 0 ? list.length : rank;
}
