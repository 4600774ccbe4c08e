import { McpServer } from '@modelcontextprotocol/server';
import type { CalendarService } from '../calendar/calendar.service.js';
import { registerCalendarTools } from '../calendar/calendar.tools.js';
import type { NotesService } from '../notes/notes.service.js';
import { registerNoteTools } from '../notes/notes.tools.js';
import type { TasksService } from '../tasks/tasks.service.js';
import { registerTaskTools } from '../tasks/tasks.tools.js';

/** The owner is fixed for the life of the server: no argument of a tool can name another one. */
export function personalToolsServer(
  ownerId: string,
  notes: NotesService,
  tasks: TasksService,
  calendar: CalendarService,
): McpServer {
  const server = new McpServer(
    { name: 'personal-tools', title: 'Notes, tasks and calendar', version: '0.1.0' },
    {
      // The tools never change while the process runs, so there is nothing to subscribe to.
      capabilities: { tools: { listChanged: false } },
      instructions:
        "The user's own notes, tasks and calendar. Each has a number that the user knows it by.",
      maxToolInputElements: 20,
    },
  );
  registerNoteTools(server, notes, ownerId);
  registerTaskTools(server, tasks, ownerId);
  registerCalendarTools(server, calendar, ownerId);
  return server;
}
