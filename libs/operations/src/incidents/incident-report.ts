import type { IncidentEventView } from './incident-event.view.js';
import { CHECKLIST_PHASES, type ChecklistPhase } from './incident-phase.js';
import type { IncidentDetailView, IncidentEntryView, IncidentItemView } from './incident.view.js';

/** What may stand in a report as a piece of Markdown only if the report wrote it. */
const MARKUP = /[\\`*_[\]<>#|&!~]/g;

const WHO_BY_COMMAND = 'a command on the server, or a rule';

/** One thing of the timeline with the name of who did it, as far as there is such an account. */
export interface NamedEntry extends IncidentEntryView {
  readonly actorName: string | null;
}

export interface ReportedAccount {
  readonly accountId: string;
  readonly source: string;
}

/** The head of a report in Markdown: all but the timeline and the accounts. */
export function headInMarkdown(incident: IncidentDetailView): string {
  const { id, kind, title, severity, phase, openedAt, closedAt, summary, lessons } = incident;
  return [
    `# ${plain(title)}`,
    [
      `- Incident: ${id}`,
      `- Kind: ${kind}`,
      `- Severity: ${severity ?? 'not assessed'}`,
      `- Phase: ${phase}`,
      `- Opened: ${openedAt}`,
      `- Closed: ${closedAt ?? 'no'}`,
      `- Affected accounts: ${incident.affectedAccounts}`,
    ].join('\n'),
    `## Summary\n\n${summary === null ? 'None yet.' : quoted(summary)}`,
    `## Evidence\n\n${eventTable(incident)}`,
    `## Containment\n\n${actionTable(incident)}`,
    ...CHECKLIST_PHASES.map(
      (phase) => `## Checklist: ${phase}\n\n${checklist(incident.items, phase)}`,
    ),
    `## Lessons\n\n${lessons === null ? 'None yet.' : quoted(lessons)}`,
    '',
  ].join('\n\n');
}

export function entryInMarkdown(entry: NamedEntry): string {
  const { number, occurredAt, kind, actorId, actorName, subject, outcome, text } = entry;
  const name = actorName === null ? actorId : `${plain(actorName)} (${actorId})`;
  const what = [kind, subject === null ? '' : plain(subject), outcome ?? ''].filter(Boolean);
  const line = `${number}. ${occurredAt} by ${name ?? WHO_BY_COMMAND}: ${what.join(', ')}`;
  return text === '' ? `${line}\n` : `${line}\n\n${indented(quoted(text))}\n\n`;
}

export function accountInMarkdown({ accountId, source }: ReportedAccount): string {
  return `- ${accountId} (${source})\n`;
}

function eventTable({ events }: IncidentDetailView): string {
  if (events.length === 0) return 'No security event.';
  const rows = events.map((event) => {
    const { eventId, rule, severity, count, firstSeenAt, lastSeenAt } = event;
    const about = plain(event.accountId ?? event.address ?? event.object ?? event.subjectType);
    const facts = [rule, severity, about, count, firstSeenAt, lastSeenAt, countsOf(event), eventId];
    return `| ${facts.join(' | ')} |`;
  });
  const head = '| rule | severity | about | times | first | last | counted | event |';
  return [head, `|${' --- |'.repeat(8)}`, ...rows].join('\n');
}

/** What a rule has counted, in one cell. */
function countsOf({ evidence }: IncidentEventView): string {
  return Object.entries(evidence)
    .map(([name, value]) => plain(`${name}: ${[value].flat().join(', ')}`))
    .join('; ');
}

function actionTable({ actions }: IncidentDetailView): string {
  if (actions.length === 0) return 'Nothing was done.';
  const rows = actions.map(
    ({ type, target, state, errorCode, attempts, startedAt, endedAt }) =>
      `| ${type} | ${plain(target ?? '')} | ${errorCode ?? state} | ${attempts} | ${startedAt} | ${endedAt ?? ''} |`,
  );
  const head = '| action | target | end | tries | last begun | last ended |';
  return [head, '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function checklist(items: readonly IncidentItemView[], step: ChecklistPhase): string {
  const lines = items
    .filter(({ phase }) => phase === step)
    .map((item) => {
      const { state, text, note, settledAt, settledBy } = item;
      const by = settledAt ? ` (${state}, ${settledAt}, ${settledBy ?? WHO_BY_COMMAND})` : '';
      return `- [${state === 'open' ? ' ' : 'x'}] ${plain(text)}${by}${note ? `: ${plain(note)}` : ''}`;
    });
  return lines.length === 0 ? 'Empty.' : lines.join('\n');
}

/** A text that was typed, in one line, without effect as Markdown or HTML. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(MARKUP, '\\$&');
}

function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `> ${plain(line)}`.trimEnd())
    .join('\n');
}

function indented(text: string): string {
  return text.replace(/^/gm, '   ');
}
