import fc from 'fast-check';
import { parseArguments } from '../../libs/chat/src/engine/command-arguments.js';
import {
  parseCommand,
  resolveCommand,
  UnreadableCommandError,
} from '../../libs/chat/src/engine/command.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const schema = fc.oneof(
  fc.constantFrom<Record<string, unknown>>(
    {},
    { type: 'object', properties: { id: { type: ['integer', 'null'] } }, required: ['id'] },
    { properties: { tags: { type: 'array', items: { type: 'string' } }, on: { type: 'boolean' } } },
    { properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { anyOf: [{ $ref: '#/$defs/A' }] } } },
    { properties: { kind: { enum: [1, 'x', null, true] }, one: { const: 7 } } },
  ),
  fc.dictionary(fc.constantFrom('type', 'properties', 'required', '$defs', 'anyOf'), fc.json()),
);

it('commands: what a person types is read, or refused in words', { timeout: FUZZ_TIMEOUT_MS }, () =>
  fuzz(
    'commands',
    fc.property(anyText(), anyText(), schema, (beginning, rest, tool) => {
      const message = `${beginning}${rest}`;
      const command = parseCommand(message);
      if (message.startsWith('/')) expect(command).toBeDefined();
      if (!command) return;
      resolveCommand(command, ['echo', 'add_note', 'user-profile/update']);
      let read: Record<string, unknown>;
      try {
        read = parseArguments(command.input, tool);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableCommandError);
        return;
      }
      // What is sent on is JSON, and reaches no prototype.
      expect(typeof JSON.stringify(read)).toBe('string');
      expect(Object.keys(read)).not.toContain('__proto__');
    }),
    [
      ['/search ', 'limit=5 query=milk', {}],
      ['/tool ', '{"id":1915883588174806058,"a":{"__proto__":1}}', {}],
      ['／help', '', {}],
    ],
  ),
);
