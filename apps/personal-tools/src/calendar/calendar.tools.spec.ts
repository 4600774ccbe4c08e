import { v4 } from 'uuid';
import { databases } from '../../test/databases.js';
import { startTools, type Tools, type ToolUser } from '../../test/tools-harness.js';

const HOUR = 60 * 60 * 1000;

describe.each(databases)('calendar tools on $database', ({ url }) => {
  let tools: Tools;
  let owner: string;
  let user: ToolUser;

  beforeAll(async () => void (tools = await startTools(url)));
  afterAll(() => tools.stop());
  beforeEach(async () => void (user = await tools.connect((owner = v4()))));
  afterEach(() => user.client.close());

  it('reads a time without an offset as UTC, and converts one with', async () => {
    expect(await user.ask('add_event', { title: 'Tea', start: '2027-05-01T16:00' })).toBe(
      'Added as event 1: Tea, 1 May 2027 16:00 UTC',
    );
    expect(
      await user.ask('add_event', {
        title: 'Dinner',
        start: '2027-05-01T20:00+02:00',
        end: '2027-05-01T22:30:00+02:00',
        place: 'Harbour',
      }),
    ).toBe('Added as event 2: Dinner, 1 May 2027 18:00 UTC to 1 May 2027 20:30 UTC, at Harbour');
    const listed = await user.ask('list_events', { from: '2027-05-01', to: '2027-05-01' });
    expect(listed).toBe(
      'You have 2 events from 1 May 2027 00:00 UTC to 2 May 2027 00:00 UTC.\n' +
        '#1 Tea, 1 May 2027 16:00 UTC\n' +
        '#2 Dinner, 1 May 2027 18:00 UTC to 1 May 2027 20:30 UTC, at Harbour',
    );
  });

  it('lists from now for 30 days, what has begun and not ended included', async () => {
    const at = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
    await user.ask('add_event', { title: 'past', start: at(-3), end: at(-2) });
    await user.ask('add_event', { title: 'running', start: at(-1), end: at(1) });
    await user.ask('add_event', { title: 'soon', start: at(2) });
    await user.ask('add_event', { title: 'far', start: at(31 * 24) });
    const listed = await user.ask('list_events');
    expect(listed).toMatch(/^You have 2 events from /);
    expect(listed.match(/past|running|soon|far/g)).toEqual(['running', 'soon']);
  });

  it('lists a period given by moments, its end excluded', async () => {
    await user.ask('add_event', { title: 'first', start: '2027-01-01T10:00Z' });
    await user.ask('add_event', { title: 'second', start: '2027-01-01T11:00Z' });
    const listed = await user.ask('list_events', {
      from: '2027-01-01T10:00Z',
      to: '2027-01-01T11:00Z',
    });
    expect(listed).toContain('first');
    expect(listed).not.toContain('second');
    expect(await user.ask('list_events', { from: '2027-01-02' })).toMatch(
      /^You have no events from 2 Jan 2027 00:00 UTC to 1 Feb 2027/,
    );
  });

  it("answers about another user's event as about one that does not exist", async () => {
    await user.ask('add_event', { title: 'private', start: '2027-01-01T10:00Z' });
    const other = await tools.connect(v4());
    expect(await other.refused('delete_event', { number: 1 })).toBe('There is no event 1.');
    expect(await other.ask('list_events', { from: '2027-01-01' })).not.toContain('private');
    expect(await user.ask('delete_event', { number: 1 })).toBe('Deleted event 1.');
    await other.client.close();
  });

  it('gives simultaneous events different numbers', async () => {
    const second = await tools.connect(owner);
    const answers = await Promise.all(
      [user, second, user, second].map((each) =>
        each.ask('add_event', { title: 'at once', start: '2027-01-01T10:00Z' }),
      ),
    );
    expect(new Set(answers).size).toBe(4);
    await second.client.close();
  });

  it('stores the first and the last moment it accepts', async () => {
    await user.ask('add_event', { title: 'old', start: '1900-01-01T00:00Z' });
    await user.ask('add_event', { title: 'late', start: '2999-12-31T23:59:59.999Z' });
    expect(await user.ask('list_events', { from: '1900-01-01', to: '2999-12-31' })).toMatch(
      /old, 1 Jan 1900 00:00 UTC\n.*late, 31 Dec 2999 23:59 UTC/,
    );
  });

  it.each([
    ['add_event', { title: 'x' }, 'start'],
    ['add_event', { title: 'x', start: 'tomorrow' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '2027-02-29T10:00' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '2027-01-01T24:00' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '2027-01-01' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '1900-01-01T00:00+14:00' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '9999-12-31T23:59-14:00' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '0000-01-01T00:00Z' }, 'Use a date and time'],
    ['add_event', { title: 'x', start: '2'.repeat(41) }, 'too long'],
    [
      'add_event',
      { title: 'x', start: '2027-01-01T10:00', end: '2027-01-01T10:00' },
      'An event must end after it starts.',
    ],
    ['add_event', { title: 'x', start: '2027-01-01T10:00', place: '\0' }, 'cannot be stored'],
    ['list_events', { from: 'now' }, 'Use a date, such as'],
    [
      'list_events',
      { from: '2027-01-02', to: '2027-01-01' },
      'The period must end after it starts.',
    ],
    ['delete_event', { number: 7 }, 'There is no event 7.'],
  ])('refuses %s with %j', async (tool, args, sentence) => {
    expect(await user.refused(tool, args)).toContain(sentence);
  });
});
