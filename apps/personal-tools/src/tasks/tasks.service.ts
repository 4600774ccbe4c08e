import { EntityManager, type FilterQuery } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { RefusalError } from '../answers/refusal.error.js';
import { insertNumbered, nextNumber } from '../numbering/next-number.js';
import { Task } from './task.entity.js';

export const TASK_STATUSES = ['open', 'done', 'all'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export interface TasksPage {
  readonly tasks: Task[];
  /** How many there are, of which `tasks` are the first. */
  readonly total: number;
}

/** Every operation names the owner, and a task of another one is as absent as one that never was. */
@Injectable()
export class TasksService {
  constructor(private readonly em: EntityManager) {}

  async add(ownerId: string, title: string, dueOn: string | null): Promise<Task> {
    const em = this.em.fork();
    const id = v7();
    await insertNumbered('task', () =>
      em.insert(Task, {
        id,
        ownerId,
        number: nextNumber(em, Task, ownerId),
        title,
        dueOn,
        doneAt: null,
        createdAt: new Date(),
      }),
    );
    return em.findOneOrFail(Task, { id, ownerId });
  }

  /** Open ones first, the most urgent on top; then the done ones, the latest on top. */
  async list(ownerId: string, status: TaskStatus, limit: number): Promise<TasksPage> {
    const [tasks, total] = await this.em.fork().findAndCount(Task, whereStatus(ownerId, status), {
      orderBy: { doneAt: 'desc nulls first', dueOn: 'asc nulls last', number: 'asc' },
      limit,
    });
    return { tasks, total };
  }

  /** False when it was done before, which keeps the moment it was first done at. */
  async complete(ownerId: string, number: number): Promise<boolean> {
    const em = this.em.fork();
    const completed = await em.nativeUpdate(
      Task,
      { ownerId, number, doneAt: null },
      { doneAt: new Date() },
    );
    if (completed > 0) return true;
    if (!(await em.findOne(Task, { ownerId, number }))) throw noSuchTask(number);
    return false;
  }

  async delete(ownerId: string, number: number): Promise<void> {
    const deleted = await this.em.fork().nativeDelete(Task, { ownerId, number });
    if (deleted === 0) throw noSuchTask(number);
  }
}

function noSuchTask(number: number): RefusalError {
  return new RefusalError(`There is no task ${number}.`);
}

function whereStatus(ownerId: string, status: TaskStatus): FilterQuery<Task> {
  switch (status) {
    case 'open':
      return { ownerId, doneAt: null };
    case 'done':
      return { ownerId, doneAt: { $ne: null } };
    case 'all':
      return { ownerId };
  }
}
