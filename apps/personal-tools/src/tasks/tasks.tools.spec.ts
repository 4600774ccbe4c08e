import { v4 } from 'uuid';
import { databases } from '../../test/databases.js';
import { startTools, type Tools, type ToolUser } from '../../test/tools-harness.js';

describe.each(databases)('task tools on $database', ({ url }) => {
  let tools: Tools;
  let owner: string;
  let user: ToolUser;

  beforeAll(async () => void (tools = await startTools(url)));
  afterAll(() => tools.stop());
  beforeEach(async () => void (user = await tools.connect((owner = v4()))));
  afterEach(() => user.client.close());

  it('lists open tasks by the day they are due, and done ones last', async () => {
    expect(await user.ask('list_tasks')).toBe('You have no open tasks.');
    await user.ask('add_task', { title: 'Some day' });
    expect(await user.ask('add_task', { title: 'Pay rent', due: '2028-02-29' })).toBe(
      'Added as task 2: Pay rent, due 29 Feb 2028',
    );
    await user.ask('add_task', { title: 'Call', due: '2027-01-01' });
    await user.ask('add_task', { title: 'Sleep' });
    expect(await user.ask('list_tasks')).toBe(
      'You have 4 open tasks.\n#3 Call, due 1 Jan 2027\n#2 Pay rent, due 29 Feb 2028\n#1 Some day\n#4 Sleep',
    );
    expect(await user.ask('complete_task', { number: 3 })).toBe('Task 3 is done.');
    expect(await user.ask('complete_task', { number: 3 })).toBe('Task 3 was done already.');
    expect(await user.ask('list_tasks', { status: 'done' })).toBe(
      'You have 1 done task.\n#3 Call, due 1 Jan 2027',
    );
    expect(await user.ask('list_tasks', { status: 'all' })).toBe(
      'You have 4 tasks.\n#2 Pay rent, due 29 Feb 2028\n#1 Some day\n#4 Sleep\n#3 Call, due 1 Jan 2027 (done)',
    );
    expect(await user.ask('delete_task', { number: 3 })).toBe('Deleted task 3.');
    expect(await user.ask('list_tasks', { status: 'done' })).toBe('You have no done tasks.');
  });

  it('shows no more than a phone can', async () => {
    for (let i = 0; i < 51; i++) await user.ask('add_task', { title: `t${i}` });
    const lines = (await user.ask('list_tasks')).split('\n');
    expect(lines).toHaveLength(51);
    expect(lines[0]).toBe('You have 51 open tasks. The first 50:');
  });

  it("answers about another user's task as about one that does not exist", async () => {
    await user.ask('add_task', { title: 'private' });
    const other = await tools.connect(v4());
    expect(await other.refused('complete_task', { number: 1 })).toBe('There is no task 1.');
    expect(await other.refused('delete_task', { number: 1 })).toBe('There is no task 1.');
    expect(await other.ask('list_tasks', { status: 'all' })).toBe('You have no tasks.');
    expect(await user.ask('list_tasks')).toContain('#1 private');
    await other.client.close();
  });

  it('gives simultaneous tasks different numbers', async () => {
    const second = await tools.connect(owner);
    const answers = await Promise.all(
      [user, second, user, second].map((each) => each.ask('add_task', { title: 'at once' })),
    );
    expect(answers.sort().map((text) => text.slice(0, 15))).toEqual(
      [1, 2, 3, 4].map((number) => `Added as task ${number}`),
    );
    await second.client.close();
  });

  it.each([
    ['add_task', { title: '' }, 'Write something here.'],
    ['add_task', { title: 'x'.repeat(201) }, 'Use at most 200 characters.'],
    ['add_task', { title: 'nul\0' }, 'cannot be stored'],
    ['add_task', { title: 'x', due: '2026-02-29' }, 'Use a real date'],
    ['add_task', { title: 'x', due: '2026-13-01' }, 'Use a real date'],
    ['add_task', { title: 'x', due: 'tomorrow' }, 'Use a real date'],
    ['add_task', { title: 'x', due: '2026-1-1' }, 'Use a real date'],
    ['list_tasks', { status: 'gone' }, 'Use open, done or all.'],
    ['complete_task', { number: -1 }, 'Numbers start at 1.'],
    ['complete_task', { number: 7 }, 'There is no task 7.'],
    ['delete_task', { number: 7 }, 'There is no task 7.'],
  ])('refuses %s with %j', async (tool, args, sentence) => {
    expect(await user.refused(tool, args)).toContain(sentence);
  });
});
