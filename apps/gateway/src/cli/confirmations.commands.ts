import { FourEyesService } from '@app/auth';
import { command, type CommandGroup } from './program/command.js';
import { table } from './program/table.js';

/** The most that are shown; each is over in an hour. */
const SHOWN_CONFIRMATIONS = 1_000;

const list = command({
  name: 'confirmations list',
  summary: 'show requests that wait for a second administrator, who confirms them through the API',
  async run(app) {
    const { confirmations } = await app.get(FourEyesService).list(SHOWN_CONFIRMATIONS);
    const rows = confirmations.map((one) => [
      one.confirmationId,
      one.act,
      JSON.stringify(one.arguments),
      one.requesterId ?? 'a command',
      one.confirmerId ?? 'not yet',
      one.expiresAt,
    ]);
    const text = table(['ID', 'ACT', 'WITH', 'ASKED BY', 'CONFIRMED BY', 'UNTIL'], rows);
    return { data: { confirmations }, text };
  },
});

export const confirmationCommands: CommandGroup = {
  noun: 'confirmations',
  summary: 'Actions that need two administrators',
  commands: [list],
};
