import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { ADDS, READS, REMOVES } from '../answers/annotations.js';
import { answer } from '../answers/answer.js';
import { plural } from '../answers/plural.js';
import { rowNumber } from '../numbering/row-number.js';
import { oneLine } from '../text/one-line.js';
import { storableText } from '../text/storable-text.js';
import { showMoment } from '../time/moment.js';
import type { Note } from './note.entity.js';
import type { NotesPage, NotesService } from './notes.service.js';

/** Most notes a search answers with. */
const MAX_FOUND = 20;

const EXPECTED_LIMIT = 'Use a whole number from 1 to 50.';

/** Longest title made from the text. */
const DERIVED_TITLE = 80;

export function registerNoteTools(server: McpServer, notes: NotesService, ownerId: string): void {
  server.registerTool(
    'add_note',
    {
      title: 'Add a note',
      description:
        'Keeps a text for you, and gives it a number by which you can read or delete it.',
      annotations: ADDS,
      inputSchema: z.strictObject({
        text: storableText(4000).describe('What the note says.'),
        title: storableText(200)
          .optional()
          .describe('A short title. Without one, the first line of the text is used.'),
      }),
    },
    ({ text, title }) =>
      answer('notes', 'add_note', async () => {
        const [firstLine = text] = text.split(/[\r\n]/, 1);
        const note = await notes.add(
          ownerId,
          // A line of control characters leaves nothing to show.
          oneLine(title ?? '', 200) || oneLine(firstLine, DERIVED_TITLE) || 'Untitled',
          text,
        );
        return `Saved as note ${note.number}: ${note.title}`;
      }),
  );

  server.registerTool(
    'list_notes',
    {
      title: 'List notes',
      description: 'Shows the numbers and titles of your notes, the latest first.',
      annotations: READS,
      inputSchema: z.strictObject({
        limit: z
          .int(EXPECTED_LIMIT)
          .min(1, EXPECTED_LIMIT)
          .max(50, EXPECTED_LIMIT)
          .default(20)
          .describe('How many to show at most, up to 50.'),
      }),
    },
    ({ limit }) =>
      answer('notes', 'list_notes', async () => {
        const page = await notes.latest(ownerId, limit);
        return page.total === 0 ? 'You have no notes.' : showPage(page, 'You have', showTitle);
      }),
  );

  server.registerTool(
    'search_notes',
    {
      title: 'Search notes',
      description: 'Finds your notes that have a text in them, in the title or below it.',
      annotations: READS,
      inputSchema: z.strictObject({
        query: storableText(200).describe(
          'The text to look for. Upper or lower case does not matter.',
        ),
      }),
    },
    ({ query }) =>
      answer('notes', 'search_notes', async () => {
        const page = await notes.search(ownerId, query, MAX_FOUND);
        return page.total === 0
          ? 'No note has that in it.'
          : showPage(page, 'Found', (note) => `${showTitle(note)}\n${oneLine(note.text, 100)}`);
      }),
  );

  server.registerTool(
    'read_note',
    {
      title: 'Read a note',
      description: 'Shows one of your notes in full.',
      annotations: READS,
      inputSchema: z.strictObject({ number: rowNumber('note') }),
    },
    ({ number }) =>
      answer('notes', 'read_note', async () => {
        const note = await notes.read(ownerId, number);
        return `${showTitle(note)}\nWritten ${showMoment(note.createdAt)}\n\n${note.text}`;
      }),
  );

  server.registerTool(
    'delete_note',
    {
      title: 'Delete a note',
      description: 'Deletes one of your notes. It cannot be brought back.',
      annotations: REMOVES,
      inputSchema: z.strictObject({ number: rowNumber('note') }),
    },
    ({ number }) =>
      answer('notes', 'delete_note', async () => {
        await notes.delete(ownerId, number);
        return `Deleted note ${number}.`;
      }),
  );
}

function showPage(page: NotesPage, verb: string, show: (note: Note) => string): string {
  const latest = page.total > page.notes.length ? ` The latest ${page.notes.length}:` : '';
  return [`${verb} ${plural(page.total, 'note')}.${latest}`, ...page.notes.map(show)].join('\n');
}

/** Not `3. Title`: a phone that renders Markdown would renumber such a list. */
function showTitle(note: Note): string {
  return `#${note.number} ${note.title}`;
}
