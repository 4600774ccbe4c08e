import { USAGE_DAY, USAGE_GROUPS, UsageReportService } from '@app/chat';
import { command, type CommandGroup } from './program/command.js';
import { optional, type Reader, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { table } from './program/table.js';
import { UsageError } from './program/usage.error.js';
import { idOf, oneOf, plainText } from './program/value-readers.js';

const day: Reader<string> = (text) => {
  if (USAGE_DAY.test(text)) return text;
  throw new UsageError('a day such as 2026-11-27');
};

const report = command({
  name: 'usage report',
  summary: 'show the tokens and costs of language models',
  options: {
    by: required('<group>', 'one line for each', oneOf(USAGE_GROUPS)),
    from: optional('<day>', 'the first day, UTC; default: 30 days ago', day),
    to: optional('<day>', 'the last day, UTC; default: today', day),
    userId: optional('<id>', 'only the usage of this account', idOf('the id of an account')),
    profileId: optional('<id>', 'only the usage with this assistant', plainText),
    limit: lineLimit(),
  },
  async run(app, { options: { limit, userId: accountId, ...filter } }) {
    const data = await app.get(UsageReportService).report({ ...filter, accountId, limit });
    const rows = data.rows.map(({ key, inputTokens, outputTokens, isEstimated, costs }) => [
      key,
      String(inputTokens),
      String(outputTokens),
      isEstimated ? 'in part' : '',
      costs.map(({ amount, currency }) => `${amount.toFixed(4)} ${currency}`).join(', '),
    ]);
    const text = table([filter.by.toUpperCase(), 'IN', 'OUT', 'ESTIMATED', 'COST'], rows);
    return { data, text: `${data.from} to ${data.to}\n${text}` };
  },
});

export const usageCommands: CommandGroup = {
  noun: 'usage',
  summary: 'The usage of language models',
  commands: [report],
};
