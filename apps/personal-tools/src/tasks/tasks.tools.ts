import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { ADDS, MARKS, READS, REMOVES } from '../answers/annotations.js';
import { answer } from '../answers/answer.js';
import { plural } from '../answers/plural.js';
import { rowNumber } from '../numbering/row-number.js';
import { oneLine } from '../text/one-line.js';
import { storableText } from '../text/storable-text.js';
import { day, showDay } from '../time/day.js';
import type { Task } from './task.entity.js';
import { TASK_STATUSES, type TasksService, type TaskStatus } from './tasks.service.js';

/** Most tasks a list shows. */
const MAX_SHOWN = 50;

const KIND: Record<TaskStatus, string> = { open: 'open task', done: 'done task', all: 'task' };

export function registerTaskTools(server: McpServer, tasks: TasksService, ownerId: string): void {
  server.registerTool(
    'add_task',
    {
      title: 'Add a task',
      description: 'Puts something to do on your list, and gives it a number.',
      annotations: ADDS,
      inputSchema: z.strictObject({
        title: storableText(200).describe('What is to be done.'),
        due: day().optional().describe('The day it is due, as YYYY-MM-DD.'),
      }),
    },
    ({ title, due }) =>
      answer('tasks', 'add_task', async () => {
        const task = await tasks.add(ownerId, oneLine(title, 200) || 'Untitled', due ?? null);
        return `Added as task ${task.number}: ${showTask(task, false)}`;
      }),
  );

  server.registerTool(
    'list_tasks',
    {
      title: 'List tasks',
      description:
        'Shows what is on your list: open tasks by the day they are due, done ones last.',
      annotations: READS,
      inputSchema: z.strictObject({
        status: z
          .enum(TASK_STATUSES, 'Use open, done or all.')
          .default('open')
          .describe('Which tasks to show: open, done or all.'),
      }),
    },
    ({ status }) =>
      answer('tasks', 'list_tasks', async () => {
        const page = await tasks.list(ownerId, status, MAX_SHOWN);
        if (page.total === 0) return `You have no ${KIND[status]}s.`;
        const first = page.total > page.tasks.length ? ` The first ${page.tasks.length}:` : '';
        return [
          `You have ${plural(page.total, KIND[status])}.${first}`,
          ...page.tasks.map((task) => `#${task.number} ${showTask(task, status === 'all')}`),
        ].join('\n');
      }),
  );

  server.registerTool(
    'complete_task',
    {
      title: 'Complete a task',
      description: 'Marks one of your tasks as done. It stays on the list of done tasks.',
      annotations: MARKS,
      inputSchema: z.strictObject({ number: rowNumber('task') }),
    },
    ({ number }) =>
      answer('tasks', 'complete_task', async () =>
        (await tasks.complete(ownerId, number))
          ? `Task ${number} is done.`
          : `Task ${number} was done already.`,
      ),
  );

  server.registerTool(
    'delete_task',
    {
      title: 'Delete a task',
      description: 'Deletes one of your tasks, done or not. It cannot be brought back.',
      annotations: REMOVES,
      inputSchema: z.strictObject({ number: rowNumber('task') }),
    },
    ({ number }) =>
      answer('tasks', 'delete_task', async () => {
        await tasks.delete(ownerId, number);
        return `Deleted task ${number}.`;
      }),
  );
}

function showTask(task: Task, withStatus: boolean): string {
  const due = task.dueOn ? `, due ${showDay(task.dueOn)}` : '';
  return `${task.title}${due}${withStatus && task.doneAt ? ' (done)' : ''}`;
}
