import type { McpTool } from '@app/mcp';
import type { CommandView } from '../profiles/profile.view.js';
import { propertiesOf, requiredOf, typeOf } from './command.js';

/** A tool as something to write: only what helps to write it, in a bounded form. */
export function toCommandView({ name, description, inputSchema }: McpTool): CommandView {
  const required = new Set(requiredOf(inputSchema));
  return {
    name,
    description: description.slice(0, 500),
    arguments: Object.entries(propertiesOf(inputSchema))
      .slice(0, 50)
      .map(([argument, property]) => ({
        name: argument.slice(0, 64),
        type: typeOf(property) ?? 'any',
        required: required.has(argument),
        description: descriptionOf(property).slice(0, 300),
      })),
  };
}

function descriptionOf(property: unknown): string {
  const { description } = (property ?? {}) as { description?: unknown };
  return typeof description === 'string' ? description : '';
}
