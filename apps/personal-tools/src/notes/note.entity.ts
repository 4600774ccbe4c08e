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
    /** Title and text, folded. Absent for a note that was kept before there was such a column, until the first search. */
    searchText: p.text().nullable().lazy(),
    createdAt: p.datetime(3),
  },
});

export class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);
