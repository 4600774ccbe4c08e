import type { McpServer } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';
import { validate } from 'uuid';
import { CalendarService } from '../calendar/calendar.service.js';
import { NotesService } from '../notes/notes.service.js';
import { TasksService } from '../tasks/tasks.service.js';

/** Builds the MCP server of one owner. The SDK and the schemas of the tools are loaded with the first one. */
@Injectable()
export class PersonalToolsServerFactory {
  constructor(
    private readonly notes: NotesService,
    private readonly tasks: TasksService,
    private readonly calendar: CalendarService,
  ) {}

  async create(ownerId: string): Promise<McpServer> {
    if (!validate(ownerId)) throw new TypeError('The owner must be a UUID.');
    const { personalToolsServer } = await import('./personal-tools.server.js');
    // SQLite compares ids as text, in which an upper-case UUID would be someone else.
    return personalToolsServer(ownerId.toLowerCase(), this.notes, this.tasks, this.calendar);
  }
}
