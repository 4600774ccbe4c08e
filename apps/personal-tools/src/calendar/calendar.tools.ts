import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { ADDS, READS, REMOVES } from '../answers/annotations.js';
import { answer } from '../answers/answer.js';
import { plural } from '../answers/plural.js';
import { RefusalError } from '../answers/refusal.error.js';
import { rowNumber } from '../numbering/row-number.js';
import { oneLine } from '../text/one-line.js';
import { storableText } from '../text/storable-text.js';
import { readDay, readMoment, showMoment } from '../time/moment.js';
import type { CalendarService } from './calendar.service.js';
import type { CalendarEvent } from './calendar-event.entity.js';

/** Most events a list shows. */
const MAX_SHOWN = 50;

const DAY = 24 * 60 * 60 * 1000;

/** Length of the period that is listed when only its start is known. */
const PERIOD = 30 * DAY;

const EXPECTED_MOMENT =
  'Use a date and time from 1900 to 2999, such as 2026-12-31T18:30 or 2026-12-31T18:30+01:00.';
const EXPECTED_LIMIT =
  'Use a date, such as 2026-12-31, or a date and time, such as 2026-12-31T18:30, from 1900 to 2999.';

export function registerCalendarTools(
  server: McpServer,
  calendar: CalendarService,
  ownerId: string,
): void {
  server.registerTool(
    'add_event',
    {
      title: 'Add an event',
      description:
        'Puts an appointment into your calendar, and gives it a number. Times without an offset are read as UTC.',
      annotations: ADDS,
      inputSchema: z.strictObject({
        title: storableText(200).describe('What it is.'),
        start: time().describe(
          'When it starts, as an ISO 8601 date and time such as 2026-12-31T18:30+01:00. Without an offset it is read as UTC.',
        ),
        end: time().optional().describe('When it ends, written as the start is.'),
        place: storableText(200).optional().describe('Where it is.'),
      }),
    },
    ({ title, start, end, place }) =>
      answer('calendar', 'add_event', async () => {
        const event = await calendar.add(ownerId, {
          title: oneLine(title, 200) || 'Untitled',
          startsAt: moment(start),
          endsAt: end === undefined ? null : moment(end),
          place: (place && oneLine(place, 200)) || null,
        });
        return `Added as event ${event.number}: ${showEvent(event)}`;
      }),
  );

  server.registerTool(
    'list_events',
    {
      title: 'List events',
      description:
        'Shows what is in your calendar, by default from now on for 30 days. Times are shown in UTC.',
      annotations: READS,
      inputSchema: z.strictObject({
        from: time()
          .optional()
          .describe('Start of the period: YYYY-MM-DD or an ISO 8601 date and time. Default: now.'),
        to: time()
          .optional()
          .describe(
            'End of the period: a day (included) as YYYY-MM-DD or an ISO 8601 date and time. Default: 30 days after the start.',
          ),
      }),
    },
    ({ from, to }) =>
      answer('calendar', 'list_events', async () => {
        const start = from === undefined ? new Date() : periodLimit(from, 0);
        const end = to === undefined ? new Date(start.getTime() + PERIOD) : periodLimit(to, DAY);
        const page = await calendar.between(ownerId, start, end, MAX_SHOWN);
        const period = `from ${showMoment(start)} to ${showMoment(end)}`;
        if (page.total === 0) return `You have no events ${period}.`;
        const first = page.total > page.events.length ? ` The first ${page.events.length}:` : '';
        return [
          `You have ${plural(page.total, 'event')} ${period}.${first}`,
          ...page.events.map((event) => `#${event.number} ${showEvent(event)}`),
        ].join('\n');
      }),
  );

  server.registerTool(
    'delete_event',
    {
      title: 'Delete an event',
      description: 'Takes an event out of your calendar. It cannot be brought back.',
      annotations: REMOVES,
      inputSchema: z.strictObject({ number: rowNumber('event') }),
    },
    ({ number }) =>
      answer('calendar', 'delete_event', async () => {
        await calendar.delete(ownerId, number);
        return `Deleted event ${number}.`;
      }),
  );
}

/** Only bounded here; what it means is decided where it is read, as a schema would carry unreadable patterns. */
function time() {
  return z.string('Give this as a text.').max(40, 'That is too long for a date and time.');
}

function moment(text: string): Date {
  const read = readMoment(text);
  if (!read) throw new RefusalError(EXPECTED_MOMENT);
  return read;
}

/** A whole day counts from its start, plus `dayOffset` milliseconds to have the end of it. */
function periodLimit(text: string, dayOffset: number): Date {
  const asDay = readDay(text);
  if (asDay) return new Date(asDay.getTime() + dayOffset);
  const asMoment = readMoment(text);
  if (!asMoment) throw new RefusalError(EXPECTED_LIMIT);
  return asMoment;
}

function showEvent(event: CalendarEvent): string {
  const end = event.endsAt ? ` to ${showMoment(event.endsAt)}` : '';
  const place = event.place ? `, at ${event.place}` : '';
  return `${event.title}, ${showMoment(event.startsAt)}${end}${place}`;
}
