import type { CheckedTool, ProfileReport } from '@app/chat';
import { table } from './program/table.js';

const HEAD = ['PROFILE', 'SERVER', 'TOOL', 'RISK', 'PIN', 'TRIED'];

/** What a check has found, for a terminal: a line for each tool, then what has to be mended. */
export function profileTable(reports: readonly ProfileReport[]): string {
  const rows = reports.flatMap(({ profile, tools }) =>
    tools.map((tool) => [profile, tool.server, tool.name, tool.risk, tool.pin, triedOf(tool)]),
  );
  const faults = reports.flatMap((report) =>
    report.faults.map((fault) => `${report.profile}: ${fault}`),
  );
  const unasked = reports.flatMap((report) =>
    report.unasked.map(
      (server) => `${report.profile}: ${server} is not asked: each person connects it`,
    ),
  );
  return [
    table(HEAD, rows),
    '',
    ...(unasked.length > 0 ? [...unasked, ''] : []),
    ...(faults.length > 0 ? [...faults, ''] : []),
    summary(reports, faults.length),
  ].join('\n');
}

function triedOf({ trial, risk }: CheckedTool): string {
  if (trial !== 'untried') return trial;
  return risk === 'read' ? '' : 'no: it writes';
}

function summary(reports: readonly ProfileReport[], faults: number): string {
  const tools = reports.reduce((sum, report) => sum + report.tools.length, 0);
  const withheld = reports.reduce((sum, report) => sum + report.withheld, 0);
  return (
    `${counted(reports.length, 'profile')}, ${counted(tools, 'tool')}, ` +
    `${counted(withheld, 'tool')} not allowed, ${counted(faults, 'fault')}`
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
