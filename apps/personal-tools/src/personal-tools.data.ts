import { EntityManager } from '@mikro-orm/core';
import { DeletedTraces } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { CalendarEvent } from './calendar/event.entity.js';
import { Note } from './notes/note.entity.js';
import { Task } from './tasks/task.entity.js';

const BY_NUMBER = { orderBy: { number: 'asc' } } as const;

/** Everything that one owner has here. */
export interface OwnersData {
  readonly notes: readonly object[];
  readonly tasks: readonly object[];
  readonly events: readonly object[];
}

/** What the tools keep of an owner, to be taken along or to be erased. */
@Injectable()
export class PersonalToolsData {
  readonly tables: readonly string[] = ['personal_notes', 'personal_tasks', 'personal_events'];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(DeletedTraces) private readonly traces: DeletedTraces,
  ) {}

  /** At most 2,000 rows of each kind: what one owner can have. */
  async exportOf(ownerId: string): Promise<OwnersData> {
    const em = this.em.fork();
    const notes = await em.find(Note, { ownerId }, BY_NUMBER);
    const tasks = await em.find(Task, { ownerId }, BY_NUMBER);
    const events = await em.find(CalendarEvent, { ownerId }, BY_NUMBER);
    return {
      notes: notes.map(({ number, title, text, createdAt }) => ({
        number,
        title,
        text,
        createdAt: createdAt.toISOString(),
      })),
      tasks: tasks.map(({ number, title, dueOn, doneAt, createdAt }) => ({
        number,
        title,
        dueOn: dueOn ?? null,
        doneAt: doneAt?.toISOString() ?? null,
        createdAt: createdAt.toISOString(),
      })),
      events: events.map(({ number, title, startsAt, endsAt, place, createdAt }) => ({
        number,
        title,
        startsAt: startsAt.toISOString(),
        endsAt: endsAt?.toISOString() ?? null,
        place: place ?? null,
        createdAt: createdAt.toISOString(),
      })),
    };
  }

  /** Also notes that the file of an embedded database must not show what was deleted; `DeletedTraces` sees to it. */
  async erase(ownerId: string): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      const deleted = [
        await em.nativeDelete(Note, { ownerId }),
        await em.nativeDelete(Task, { ownerId }),
        await em.nativeDelete(CalendarEvent, { ownerId }),
      ];
      if (deleted.some((count) => count > 0)) await this.traces.owe(em);
    });
  }
}
