import { UnreadableCommandError } from './command.js';

/** Never names of data: a server that copies them into an object would change its prototype. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export function isHarmlessName(name: string): boolean {
  return !FORBIDDEN.has(name);
}

/** @throws UnreadableCommandError */
export function assertHarmlessName(name: string): void {
  if (!isHarmlessName(name)) {
    throw new UnreadableCommandError(`An argument cannot be called ${name}.`);
  }
}

/** The same for each member of a JSON value, at any depth. A message bounds how deep that is. */
export function assertHarmlessNames(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value)) assertHarmlessName(name);
    assertHarmlessNames(member);
  }
}
