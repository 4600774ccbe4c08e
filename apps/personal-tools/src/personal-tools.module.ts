import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { CalendarService } from './calendar/calendar.service.js';
import { CalendarEvent } from './calendar/calendar-event.entity.js';
import { Note } from './notes/note.entity.js';
import { NotesService } from './notes/notes.service.js';
import { PersonalToolsData } from './server/personal-tools.data.js';
import { PersonalToolsServerFactory } from './server/personal-tools-server.factory.js';
import { PersonalToolsServers } from './server/personal-tools.servers.js';
import { Task } from './tasks/task.entity.js';
import { TasksService } from './tasks/tasks.service.js';

/** Notes, tasks and calendar. The application imports `PersistenceModule.forRoot()` beside it. */
@Module({
  imports: [MikroOrmModule.forFeature([Note, Task, CalendarEvent])],
  providers: [
    NotesService,
    TasksService,
    CalendarService,
    PersonalToolsData,
    PersonalToolsServerFactory,
    PersonalToolsServers,
  ],
  exports: [PersonalToolsData, PersonalToolsServers, PersonalToolsServerFactory],
})
export class PersonalToolsModule {}
