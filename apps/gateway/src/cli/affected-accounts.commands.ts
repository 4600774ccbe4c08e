import { AffectedAccountService, toTrace } from '@app/operations';
import { trimmed } from '@app/security';
import { command } from './program/command.js';
import { flag, optional, type Reader, repeated, required } from './program/input.js';
import { UsageError } from './program/usage.error.js';
import { idOf, moment } from './program/value-readers.js';
import { accountId, asCommand, theIncident } from './incident-inputs.js';

const action: Reader<string> = (text) => {
  if (/^[a-z_.]{1,60}$/.test(text)) return text;
  throw new UsageError('an action of the audit trail, such as session.opened');
};

/** Finds the accounts that an incident concerns. */
export const trace = command({
  name: 'incidents trace',
  summary: 'search the audit trail for affected accounts, and add them to an incident',
  args: theIncident,
  options: {
    from: required('<moment>', 'the start of the period', moment),
    to: optional('<moment>', 'the end of the period; default: now', moment),
    address: optional('<address>', 'only calls from this address', trimmed),
    action: optional('<action>', 'only this action', action),
    session: optional(
      '<id>',
      'find the account of this session instead of searching the audit trail',
      idOf('an id'),
    ),
    device: optional(
      '<id>',
      'find the account of this known device instead of searching the audit trail',
      idOf('an id'),
    ),
    any: flag('include refused actions, such as failed sign-ins to accounts'),
  },
  async run(app, { args: { id }, options }) {
    const { from, to = new Date(), any, session: sessionId, device: deviceId, ...where } = options;
    const wanted = toTrace({
      from: from.toISOString(),
      to: to.toISOString(),
      outcome: any ? 'any' : 'succeeded',
      sessionId,
      deviceId,
      ...where,
    });
    const found = await asCommand(app, 'incident.accounts_traced', (operator) =>
      app.get(AffectedAccountService).trace(id, wanted, operator),
    );
    const more = found.readUntil ? ` Search again from ${found.readUntil}: there is more.` : '';
    return { data: found, text: `${found.found} found, ${found.added} of them new.${more}` };
  },
});

export const addAccounts = command({
  name: 'incidents add-accounts',
  summary: 'add affected accounts to an incident by their ids',
  args: theIncident,
  options: { account: repeated('<id>', 'the id of an account; may be repeated', accountId) },
  async run(app, { args: { id }, options: { account } }) {
    if (account.length === 0) throw new UsageError('--account: the id of an account');
    const added = await asCommand(app, 'incident.accounts_added', (operator) =>
      app.get(AffectedAccountService).add(id, account, 'operator', operator),
    );
    return { data: added, text: `${added.found} found, ${added.added} of them new.` };
  },
});
