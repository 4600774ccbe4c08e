import { McpServer } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';
import { validate } from 'uuid';
import { CalendarService } from './calendar/calendar.service.js';
import { registerCalendarTools } from './calendar/calendar.tools.js';
import { NotesService } from './notes/notes.service.js';
import { registerNoteTools } from './notes/notes.tools.js';
import { TasksService } from './tasks/tasks.service.js';
import { registerTaskTools } from './tasks/tasks.tools.js';

/** Builds the MCP server of one owner. The owner is fixed for its life: no argument of a tool can name another one. */
@Injectable()
export class PersonalToolsServerFactory {
  constructor(
    private readonly notes: NotesService,
    private readonly tasks: TasksService,
    private readonly calendar: CalendarService,
  ) {}

  create(ownerId: string): McpServer {
    if (!validate(ownerId)) throw new TypeError('The owner must be a UUID.');
    // SQLite compares ids as text, in which an upper-case UUID would be someone else.
    const owner = ownerId.toLowerCase();
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
    registerNoteTools(server, this.notes, owner);
    registerTaskTools(server, this.tasks, owner);
    registerCalendarTools(server, this.calendar, owner);
    return server;
  }
}
