import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { RefusalError } from '../answers/refusal.error.js';
import { insertNumbered, nextNumber } from '../numbering/next-number.js';
import { CalendarEvent } from './calendar-event.entity.js';

export interface NewEvent {
  readonly title: string;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly place: string | null;
}

export interface EventsPage {
  readonly events: CalendarEvent[];
  /** How many there are, of which `events` are the first. */
  readonly total: number;
}

/** Every operation names the owner, and an event of another one is as absent as one that never was. */
@Injectable()
export class CalendarService {
  constructor(private readonly em: EntityManager) {}

  async add(ownerId: string, event: NewEvent): Promise<CalendarEvent> {
    if (event.endsAt && event.endsAt <= event.startsAt) {
      throw new RefusalError('An event must end after it starts.');
    }
    const em = this.em.fork();
    const id = v7();
    await insertNumbered('event', () =>
      em.insert(CalendarEvent, {
        ...event,
        id,
        ownerId,
        number: nextNumber(em, CalendarEvent, ownerId),
        createdAt: new Date(),
      }),
    );
    return em.findOneOrFail(CalendarEvent, { id, ownerId });
  }

  /** Events of which some part lies between `from` and `before`, one that began earlier included. */
  async between(ownerId: string, from: Date, before: Date, limit: number): Promise<EventsPage> {
    if (before <= from) throw new RefusalError('The period must end after it starts.');
    const [events, total] = await this.em.fork().findAndCount(
      CalendarEvent,
      {
        ownerId,
        startsAt: { $lt: before },
        $or: [{ startsAt: { $gte: from } }, { endsAt: { $gt: from } }],
      },
      { orderBy: { startsAt: 'asc', number: 'asc' }, limit },
    );
    return { events, total };
  }

  async delete(ownerId: string, number: number): Promise<void> {
    const deleted = await this.em.fork().nativeDelete(CalendarEvent, { ownerId, number });
    if (deleted === 0) throw new RefusalError(`There is no event ${number}.`);
  }
}
