import {
  EntityManager,
  type EntityName,
  type FilterQuery,
  type QueryOrderMap,
} from '@mikro-orm/core';
import { SecureDeleteService } from '@app/persistence';
import { Injectable } from '@nestjs/common';
import { CalendarEvent } from '../calendar/calendar-event.entity.js';
import { Note } from '../notes/note.entity.js';
import { Task } from '../tasks/task.entity.js';

/** How many rows are read in one statement: a note can have thousands of characters. */
const ROWS_PER_STEP = 50;

/** Everything that one owner has here, to be read as it is sent. */
export interface OwnersData {
  readonly notes: AsyncIterable<object>;
  readonly tasks: AsyncIterable<object>;
  readonly events: AsyncIterable<object>;
}

/** What the tools keep of an owner, to be taken along or to be erased. */
@Injectable()
export class PersonalToolsData {
  readonly tables: readonly string[] = ['personal_notes', 'personal_tasks', 'personal_events'];

  constructor(
    private readonly em: EntityManager,
    private readonly secureDelete: SecureDeleteService,
  ) {}

  /** At most 2,000 rows of each kind: what one owner can have. */
  exportOf(ownerId: string): Promise<OwnersData> {
    return Promise.resolve({
      notes: this.exported(Note, ownerId, toExportedNote),
      tasks: this.exported(Task, ownerId, toExportedTask),
      events: this.exported(CalendarEvent, ownerId, toExportedEvent),
    });
  }

  async hasAny(ownerId: string): Promise<boolean> {
    for (const entity of [Note, Task, CalendarEvent]) {
      if ((await this.em.fork().count<{ ownerId: string }>(entity, { ownerId })) > 0) return true;
    }
    return false;
  }

  private async *exported<Row extends Note | Task | CalendarEvent>(
    entity: EntityName<Row>,
    ownerId: string,
    view: (row: Row) => object,
  ): AsyncGenerator<object> {
    for (let after = 0; ;) {
      const where = { ownerId, number: { $gt: after } } as FilterQuery<Row>;
      const orderBy = { number: 'asc' } as QueryOrderMap<Row>;
      const rows = await this.em.fork().find(entity, where, { orderBy, limit: ROWS_PER_STEP });
      for (const row of rows) yield view(row as Row);
      if (rows.length < ROWS_PER_STEP) return;
      after = rows.at(-1)!.number;
    }
  }

  /** Also notes that the file of an embedded database must not show what was deleted; `SecureDeleteService` sees to it. */
  async erase(ownerId: string): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      const deleted = [
        await em.nativeDelete(Note, { ownerId }),
        await em.nativeDelete(Task, { ownerId }),
        await em.nativeDelete(CalendarEvent, { ownerId }),
      ];
      if (deleted.some((count) => count > 0)) await this.secureDelete.schedule(em);
    });
  }
}

function toExportedNote({ number, title, text, createdAt }: Note): object {
  return { number, title, text, createdAt: createdAt.toISOString() };
}

function toExportedTask({ number, title, dueOn, doneAt, createdAt }: Task): object {
  return {
    number,
    title,
    dueOn: dueOn ?? null,
    doneAt: doneAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

function toExportedEvent(event: CalendarEvent): object {
  return {
    number: event.number,
    title: event.title,
    startsAt: event.startsAt.toISOString(),
    endsAt: event.endsAt?.toISOString() ?? null,
    place: event.place ?? null,
    createdAt: event.createdAt.toISOString(),
  };
}
