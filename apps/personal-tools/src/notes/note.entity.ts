import { defineEntity, p } from '@mikro-orm/core';

const NoteSchema = defineEntity({
  name: 'PersonalNote',
  tableName: 'personal_notes',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.uuid(),
    number: p.integer(),
    title: p.text(),
    text: p.text(),
    createdAt: p.datetime(3),
  },
});

export class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);
