import { EntityManager, raw } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { Refusal } from '../answers/refusal.error.js';
import { insertNumbered, nextNumber } from '../numbering/next-number.js';
import { Note } from './note.entity.js';

export interface NotesPage {
  readonly notes: Note[];
  /** How many there are, of which `notes` are the latest. */
  readonly total: number;
}

/** Every operation names the owner, and a note of another one is as absent as one that never was. */
@Injectable()
export class NotesService {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  async add(ownerId: string, title: string, text: string): Promise<Note> {
    const em = this.em.fork();
    const id = v7();
    await insertNumbered('note', () =>
      em.insert(Note, {
        id,
        ownerId,
        number: nextNumber(em, Note, ownerId),
        title,
        text,
        createdAt: new Date(),
      }),
    );
    return em.findOneOrFail(Note, { id, ownerId });
  }

  async latest(ownerId: string, limit: number): Promise<NotesPage> {
    const [notes, total] = await this.em
      .fork()
      .findAndCount(Note, { ownerId }, { orderBy: { number: 'desc' }, limit });
    return { notes, total };
  }

  /** Notes that have `query` in their title or text. Lower and upper case are the same, at least for ASCII. */
  async search(ownerId: string, query: string, limit: number): Promise<NotesPage> {
    const em = this.em.fork();
    // Not `like`: its time grows with the product of both lengths. Both sides are folded by the database, as it
    // knows less (or more) of Unicode than this process.
    const position = em.getPlatform().constructor.name.startsWith('Sqlite') ? 'instr' : 'strpos';
    const contains = (column: string) => ({
      [raw(`${position}(lower(${column}), lower(?)) > 0`, [query])]: [],
    });
    const [notes, total] = await em.findAndCount(
      Note,
      { ownerId, $or: [contains('title'), contains('text')] },
      { orderBy: { number: 'desc' }, limit },
    );
    return { notes, total };
  }

  async read(ownerId: string, number: number): Promise<Note> {
    const note = await this.em.fork().findOne(Note, { ownerId, number });
    if (!note) throw noSuchNote(number);
    return note;
  }

  async delete(ownerId: string, number: number): Promise<void> {
    const deleted = await this.em.fork().nativeDelete(Note, { ownerId, number });
    if (deleted === 0) throw noSuchNote(number);
  }
}

function noSuchNote(number: number): Refusal {
  return new Refusal(`There is no note ${number}.`);
}
