import { EntityManager, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { RefusalError } from '../answers/refusal.error.js';
import { insertNumbered, nextNumber } from '../numbering/next-number.js';
import { foldedText } from '@app/text';
import { Note } from './note.entity.js';

/** How many notes of an earlier release are folded in one step. */
const NOTES_PER_FOLD = 50;

export interface NotesPage {
  readonly notes: Note[];
  /** How many there are, of which `notes` are the latest. */
  readonly total: number;
}

/** Every operation names the owner, and a note of another one is as absent as one that never was. */
@Injectable()
export class NotesService {
  constructor(private readonly em: EntityManager) {}

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
        searchText: searchTextOf({ title, text }),
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

  /** Notes that have `query` in their title or text, both as `foldedText`. */
  async search(ownerId: string, query: string, limit: number): Promise<NotesPage> {
    const sought = foldedText(query);
    if (sought === '') return { notes: [], total: 0 };
    const em = this.em.fork();
    await foldOlder(em, ownerId);
    // Not `like`: its time grows with the product of both lengths.
    const position = em.getPlatform().constructor.name.startsWith('Sqlite') ? 'instr' : 'strpos';
    const [notes, total] = await em.findAndCount(
      Note,
      { ownerId, [raw(`${position}(search_text, ?) > 0`, [sought])]: [] },
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

/** Notes of an earlier release, or of one that runs beside this one during an update. */
async function foldOlder(em: EntityManager, ownerId: string): Promise<void> {
  const older = { ownerId, searchText: null };
  for (;;) {
    const notes = await em
      .fork()
      .find(Note, older, { limit: NOTES_PER_FOLD, fields: ['id', 'title', 'text'] });
    if (notes.length === 0) return;
    await em.fork().transactional(async (inner) => {
      for (const note of notes) {
        await inner.nativeUpdate(Note, { id: note.id }, { searchText: searchTextOf(note) });
      }
    });
  }
}

function searchTextOf({ title, text }: { title: string; text: string }): string {
  return foldedText(`${title}\n${text}`);
}

function noSuchNote(number: number): RefusalError {
  return new RefusalError(`There is no note ${number}.`);
}
