import { defineEntity, p } from '@mikro-orm/core';

const CalendarEventSchema = defineEntity({
  name: 'PersonalEvent',
  tableName: 'personal_events',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.uuid(),
    number: p.integer(),
    title: p.text(),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3).nullable(),
    place: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

export class CalendarEvent extends CalendarEventSchema.class {}
CalendarEventSchema.setClass(CalendarEvent);
