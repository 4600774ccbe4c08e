import {
  INCIDENT_KINDS,
  INCIDENT_PHASES,
  IncidentEventService,
  IncidentOpeningService,
  IncidentReportService,
  IncidentService,
  REPORT_FORMATS,
  INCIDENT_SEVERITIES,
} from '@app/operations';
import { command, type CommandGroup } from './program/command.js';
import { optional, repeated, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { table } from './program/table.js';
import { UsageError } from './program/usage.error.js';
import { oneOf, textOf } from './program/value-readers.js';
import { addAccounts, trace } from './affected-accounts.commands.js';
import { addItem, settleItem } from './checklist.commands.js';
import { contain } from './containment.command.js';
import { asCommand, eventId, theIncident } from './incident-inputs.js';
import { incidentText } from './incident-text.js';

const list = command({
  name: 'incidents list',
  summary: 'show incidents, the latest first',
  options: {
    state: optional('<state>', 'only incidents in this state', oneOf(['open', 'closed'] as const)),
    limit: lineLimit(),
  },
  async run(app, { options: { state, limit } }) {
    const { incidents } = await app.get(IncidentService).list({ state, limit });
    const rows = incidents.map(({ id, openedAt, closedAt, phase, severity, title }) => [
      id,
      openedAt,
      closedAt ? 'closed' : phase,
      severity ?? '-',
      title,
    ]);
    const text = table(['ID', 'OPENED', 'PHASE', 'SEVERITY', 'TITLE'], rows);
    return { data: { incidents }, text: rows.length === 0 ? 'There is no incident.' : text };
  },
});

const show = command({
  name: 'incidents show',
  summary: 'show an incident, its checklist and its actions',
  args: theIncident,
  async run(app, { args: { id } }) {
    const incident = await app.get(IncidentService).get(id);
    return { data: incident, text: incidentText(incident) };
  },
});

const open = command({
  name: 'incidents open',
  summary: 'open an incident, in the phase detect',
  options: {
    event: repeated('<id>', 'a security event of the incident; may be repeated', eventId),
    kind: optional(
      '<kind>',
      'selects the initial checklist; default: by the rule of the first event',
      oneOf(INCIDENT_KINDS),
    ),
    title: optional('<text>', 'one line; default: the rule and the subject', textOf(120)),
  },
  async run(app, { options: { event, kind, title } }) {
    if (event.length === 0 && (kind === undefined || title === undefined)) {
      throw new UsageError('--event, or --kind and --title');
    }
    const incident = await asCommand(app, 'incident.opened', (operator) =>
      app.get(IncidentOpeningService).open({ kind, title, eventIds: event }, operator),
    );
    return { data: incident, text: `The incident is open. Id: ${incident.id}` };
  },
});

const addEvents = command({
  name: 'incidents add-events',
  summary: 'add security events to an incident, as further evidence',
  args: theIncident,
  options: { event: repeated('<id>', 'a security event; may be repeated', eventId) },
  async run(app, { args: { id }, options: { event } }) {
    if (event.length === 0) throw new UsageError('--event: the id of an event');
    const incident = await asCommand(app, 'incident.events_added', (operator) =>
      app.get(IncidentEventService).add(id, event, operator),
    );
    return { data: incident, text: 'They belong to the incident.' };
  },
});

const assess = command({
  name: 'incidents assess',
  summary: 'set the severity and the summary of an incident',
  args: theIncident,
  options: {
    severity: required('<severity>', 'the severity', oneOf(INCIDENT_SEVERITIES)),
    summary: required('<text>', 'what is known so far', textOf(4_000)),
  },
  async run(app, { args: { id }, options }) {
    const incident = await asCommand(app, 'incident.assessed', (operator) =>
      app.get(IncidentService).assess(id, options, operator),
    );
    return { data: incident, text: `Its severity is ${options.severity}.` };
  },
});

const note = command({
  name: 'incidents note',
  summary: 'add a note to the timeline',
  args: theIncident,
  options: { text: required('<text>', 'the note', textOf(2_000)) },
  async run(app, { args: { id }, options: { text } }) {
    const incident = await asCommand(app, 'incident.noted', (operator) =>
      app.get(IncidentService).note(id, text, operator),
    );
    return { data: incident, text: 'Noted.' };
  },
});

const move = command({
  name: 'incidents move',
  summary: 'move an incident to its next phase, or back with a reason',
  args: theIncident,
  options: {
    phase: required('<phase>', 'the new phase', oneOf(INCIDENT_PHASES)),
    reason: optional('<text>', 'required to go back', textOf(500)),
  },
  async run(app, { args: { id }, options }) {
    const incident = await asCommand(app, 'incident.moved', (operator) =>
      app.get(IncidentService).move(id, options, operator),
    );
    return { data: incident, text: `The incident is in the phase ${options.phase}.` };
  },
});

const close = command({
  name: 'incidents close',
  summary: 'close an incident, with its lessons',
  args: theIncident,
  options: { lessons: required('<text>', 'what was learned', textOf(8_000)) },
  async run(app, { args: { id }, options: { lessons } }) {
    const incident = await asCommand(app, 'incident.closed', (operator) =>
      app.get(IncidentService).close(id, lessons, operator),
    );
    return { data: incident, text: 'The incident is closed.' };
  },
});

const report = command({
  name: 'incidents report',
  summary: 'write the report of an incident, with its timeline',
  args: theIncident,
  options: { format: optional('<format>', 'default: markdown', oneOf(REPORT_FORMATS)) },
  async run(app, { args: { id }, options: { format = 'markdown' } }) {
    return { chunks: await app.get(IncidentReportService).text(id, format) };
  },
});

export const incidentCommands: CommandGroup = {
  noun: 'incidents',
  summary: 'Incidents, from detection to lessons learned',
  commands: [
    list,
    open,
    show,
    assess,
    addEvents,
    trace,
    addAccounts,
    contain,
    note,
    move,
    addItem,
    settleItem,
    close,
    report,
  ],
};
