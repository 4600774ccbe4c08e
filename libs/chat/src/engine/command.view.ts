import type { McpTool } from '@app/mcp';
import type { CommandView } from './capabilities.view.js';
import { ArgumentSchemas, shownType } from './argument-schema.js';

/** What makes a command. */
export type Described = Pick<McpTool, 'name' | 'description' | 'inputSchema'>;

/** A tool or prompt as something to write: only what helps to write it, in a bounded form. */
export function toCommandView({ name, description, inputSchema }: Described): CommandView {
  const schemas = new ArgumentSchemas(inputSchema);
  const { properties, required } = schemas.arguments();
  return {
    name,
    description: description.slice(0, 500),
    arguments: [...properties].slice(0, 50).map(([argument, property]) => ({
      name: argument.slice(0, 64),
      type: shownType(schemas.formsOf(property)),
      required: required.includes(argument),
      description: descriptionOf(property).slice(0, 300),
    })),
  };
}

function descriptionOf(property: unknown): string {
  const { description } = Object(property) as { description?: unknown };
  return typeof description === 'string' ? description : '';
}
