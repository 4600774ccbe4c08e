import type { ServicePart, SwitchScope } from '@app/switches';

/** What only the gateway knows the names of. Accounts and devices are in the database. */
const UNCHECKED: readonly SwitchScope[] = ['profile', 'server', 'tool', 'model'];

/** Whether the command has seen that there is such a part: a mistyped name is off, and nothing else is. */
export function isNameChecked({ scope }: ServicePart): boolean {
  return !UNCHECKED.includes(scope);
}

/** A line that says so of those that are not; empty where there are none. */
export function uncheckedText(parts: readonly ServicePart[]): string {
  const scopes = new Set(parts.filter((part) => !isNameChecked(part)).map(({ scope }) => scope));
  if (scopes.size === 0) return '';
  const kinds = [...scopes].map((scope) => `${scope}s`).join(' and ');
  return `This command does not know which ${kinds} exist: compare the name with GET /api/admin/profiles.`;
}
