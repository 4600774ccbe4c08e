import { defineEntity, p } from '@mikro-orm/core';

const TaskSchema = defineEntity({
  name: 'PersonalTask',
  tableName: 'personal_tasks',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.uuid(),
    number: p.integer(),
    title: p.text(),
    /** A day without a time zone, hence text and not a moment. */
    dueOn: p.text().nullable(),
    doneAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});

export class Task extends TaskSchema.class {}
TaskSchema.setClass(Task);
