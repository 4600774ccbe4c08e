import { EntityManager } from '@mikro-orm/core';
import { v4, v7 } from 'uuid';
import { databases } from '../../test/databases.js';
import { startTools, type Tools, type ToolUser } from '../../test/tools-harness.js';
import { MAX_ROWS } from '../numbering/next-number.js';
import { Note } from './note.entity.js';

describe.each(databases)('note tools on $database', ({ url }) => {
  let tools: Tools;
  let owner: string;
  let user: ToolUser;

  beforeAll(async () => void (tools = await startTools(url)));
  afterAll(() => tools.stop());
  beforeEach(async () => void (user = await tools.connect((owner = v4()))));
  afterEach(() => user.client.close());

  it('keeps a note, and gives it back in full', async () => {
    const text = 'Milk and bread\nand 🍎, 100 %';
    expect(await user.ask('add_note', { text })).toBe('Saved as note 1: Milk and bread');
    expect(await user.ask('add_note', { text, title: 'Shop\nping' })).toBe(
      'Saved as note 2: Shop ping',
    );
    expect(await user.ask('read_note', { number: 1 })).toMatch(
      /^#1 Milk and bread\nWritten \d+ \w{3} \d{4} \d\d:\d\d UTC\n\nMilk and bread\nand 🍎, 100 %$/,
    );
    expect(await user.ask('list_notes')).toBe('You have 2 notes.\n#2 Shop ping\n#1 Milk and bread');
    expect(await user.ask('list_notes', { limit: 1 })).toBe(
      'You have 2 notes. The latest 1:\n#2 Shop ping',
    );
  });

  it('cuts a title made from a long first line without cutting a character', async () => {
    expect(await user.ask('add_note', { text: '🍎'.repeat(60) })).toBe(
      `Saved as note 1: ${'🍎'.repeat(39)}…`,
    );
  });

  it('finds text in either case, in the title or below it', async () => {
    await user.ask('add_note', { text: 'Buy MILK\nat the shop', title: 'Errand' });
    await user.ask('add_note', { text: 'nothing', title: 'milk round' });
    await user.ask('add_note', { text: 'Élan' });
    expect(await user.ask('search_notes', { query: 'Milk' })).toBe(
      'Found 2 notes.\n#2 milk round\nnothing\n#1 Errand\nBuy MILK at the shop',
    );
    expect(await user.ask('search_notes', { query: 'Élan' })).toContain('#3 Élan');
    expect(await user.ask('search_notes', { query: 'absent' })).toBe('No note has that in it.');
  });

  it.each([
    ['ärger', 'Ärger', true],
    ['ÄRGER', 'A\u0308rger', true],
    ['a\u0308rger', 'Ärger', true],
    ['дом', 'Дом у моря', true],
    ['straße', 'STRASSE', true],
    ['οδος', 'ΟΔΟΣ', true],
    ['istanbul', '\u0130stanbul', true],
    ['milk', 'Ｍｉｌｋ', true],
    ['schifffahrt', 'Schiff\u00adfahrt', true],
    ['arger', 'Ärger', false],
    ['\u00ad', 'Ärger', false],
  ])('searches for %j in %j alike on every database', async (query, text, isFound) => {
    await user.ask('add_note', { text, title: 'A title' });
    await user.ask('add_note', { text: 'below', title: text });
    expect(await user.ask('search_notes', { query })).toMatch(
      isFound ? /^Found 2 notes\./ : /^No note has that in it\.$/,
    );
  });

  it('finds notes of before there was a folded text, and folds each once', async () => {
    const em = tools.module.get(EntityManager);
    const rows = Array.from({ length: 120 }, (_, i) => ({
      id: v7(),
      ownerId: owner,
      number: i + 1,
      title: 'Ärger',
      text: `Дом ${i}`,
      createdAt: new Date(),
    }));
    await em.fork().insertMany(Note, rows);
    expect(await user.ask('search_notes', { query: 'ДОМ 119' })).toContain('#120 Ärger');
    expect(await em.fork().count(Note, { ownerId: owner, searchText: null })).toBe(0);
    expect(await user.ask('search_notes', { query: 'ärger' })).toMatch(/^Found 120 notes\./);
  });

  it.each(['%', '_', '!', '!%', '\\', "'", '100%', 'a_b', '?', "'; drop table personal_notes; --"])(
    'takes %s in a search literally',
    async (query) => {
      await user.ask('add_note', { text: 'plain axb 1000' });
      expect(await user.ask('search_notes', { query })).toBe('No note has that in it.');
      await user.ask('add_note', { text: `before ${query} after` });
      expect(await user.ask('search_notes', { query })).toMatch(/^Found 1 note\.\n#2 /);
    },
  );

  it('deletes a note once', async () => {
    await user.ask('add_note', { text: 'gone soon' });
    expect(await user.ask('delete_note', { number: 1 })).toBe('Deleted note 1.');
    expect(await user.refused('delete_note', { number: 1 })).toBe('There is no note 1.');
    expect(await user.ask('list_notes')).toBe('You have no notes.');
  });

  it("answers about another user's note as about one that does not exist", async () => {
    await user.ask('add_note', { text: 'private' });
    const other = await tools.connect(v4());
    expect(await other.refused('read_note', { number: 1 })).toBe('There is no note 1.');
    expect(await other.refused('delete_note', { number: 1 })).toBe('There is no note 1.');
    expect(await other.ask('search_notes', { query: 'private' })).toBe('No note has that in it.');
    expect(await other.ask('list_notes')).toBe('You have no notes.');
    expect(await other.ask('add_note', { text: 'mine' })).toBe('Saved as note 1: mine');
    expect(await user.ask('read_note', { number: 1 })).toContain('private');
    await other.client.close();
  });

  it('takes no owner from the arguments', async () => {
    await user.ask('add_note', { text: 'private' });
    const other = await tools.connect(v4());
    for (const key of ['ownerId', 'owner_id', 'owner', '__proto__']) {
      const args = JSON.parse(`{"number":1,"${key}":"${owner}"}`) as Record<string, unknown>;
      expect(await other.refused('read_note', args)).not.toContain('private');
    }
    await other.client.close();
  });

  it('knows one owner by either spelling of the id', async () => {
    await user.ask('add_note', { text: 'same person' });
    const again = await tools.connect(owner.toUpperCase());
    expect(await again.ask('read_note', { number: 1 })).toContain('same person');
    await again.client.close();
  });

  it('gives simultaneous notes different numbers, and loses none', async () => {
    const second = await tools.connect(owner);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? user : second).ask('add_note', { text: `note of ${i}` }),
      ),
    );
    const numbers = answers.map((text) => Number(/note (\d+)/.exec(text)?.[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await second.client.close();
  });

  it('stops at the most notes one user may have, also when they come at once', async () => {
    const em = tools.module.get(EntityManager).fork();
    const rows = Array.from({ length: MAX_ROWS - 1 }, (_, i) => ({
      id: v7(),
      ownerId: owner,
      number: i + 1,
      title: 't',
      text: 't',
      createdAt: new Date(),
    }));
    for (let i = 0; i < rows.length; i += 1000) {
      await em.insertMany(Note, rows.slice(i, i + 1000));
    }
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => user.ask('add_note', { text: 'one more' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await user.refused('add_note', { text: 'one more' })).toBe(
      'You have 2,000 notes, which is the most there can be. Delete some first.',
    );
    await user.ask('delete_note', { number: 5 });
    await user.ask('add_note', { text: 'fits again' });
  });

  it.each([
    ['add_note', {}, 'text: Give this as a text.'],
    ['add_note', { text: ['x'] }, 'text: Give this as a text.'],
    ['add_note', { text: '' }, 'Write something here.'],
    ['add_note', { text: ' \n ' }, 'Write something here.'],
    ['add_note', { text: 'x'.repeat(4001) }, 'Use at most 4000 characters.'],
    ['add_note', { text: 'x', title: 'x'.repeat(201) }, 'Use at most 200 characters.'],
    ['add_note', { text: 'nul\0' }, 'cannot be stored'],
    ['add_note', { text: 'x', title: 'half \ud83c' }, 'cannot be stored'],
    ['search_notes', { query: '\udf4e' }, 'cannot be stored'],
    ['search_notes', { query: 'x'.repeat(201) }, 'Use at most 200 characters.'],
    ['list_notes', { limit: 51 }, 'limit: Use a whole number from 1 to 50.'],
    ['list_notes', { limit: 0 }, 'limit'],
    ['read_note', { number: 0 }, 'Numbers start at 1.'],
    ['read_note', { number: 1.5 }, 'Use a whole number, such as 3.'],
    ['read_note', { number: '1' }, 'Use a whole number, such as 3.'],
    ['read_note', { number: 2_147_483_648 }, 'too large'],
    ['read_note', { number: 2_147_483_647 }, 'There is no note 2147483647.'],
    ['delete_note', { number: { $ne: 0 } }, 'Use a whole number, such as 3.'],
  ])('refuses %s with %j', async (tool, args, sentence) => {
    expect(await user.refused(tool, args)).toContain(sentence);
  });

  it('keeps text of the greatest length', async () => {
    const text = '\u4e16'.repeat(4000);
    await user.ask('add_note', { text });
    expect(await user.ask('read_note', { number: 1 })).toContain(text);
  });
});
