import fc from 'fast-check';
import { parseJson } from '../../libs/mcp/src/json/json-text.js';
import { MessageReader } from '../../libs/mcp/src/dialects/message-reader.js';
import { McpError } from '../../libs/mcp/src/mcp.error.js';
import { ToolList } from '../../libs/mcp/src/results/tool-list.js';
import { readToolResult, toToolResult } from '../../libs/mcp/src/results/tool-result.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const MAX_BYTES = 4096;

const MEMBERS =
  'jsonrpc id method params result error code message content type text data mimeType uri resource isError structuredContent _meta tools name inputSchema properties required nextCursor __proto__'.split(
    ' ',
  );

/** Values of any shape whose members have the names that the protocol gives a meaning to. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      anyText(50),
      fc.double(),
      fc.constantFrom(null, true, 1, '2.0', 'text', 'image', 'object', 'data:a/b;base64,AAAA'),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...MEMBERS), tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

it('MCP results: what a server sends is read within bounds', { timeout: FUZZ_TIMEOUT_MS }, () =>
  fuzz(
    'MCP results',
    fc.property(value, value, anyText(300), (message, result, line) => {
      const reader = new MessageReader();
      reader.sending({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} });
      const answer = { jsonrpc: '2.0', id: 1, result };
      for (const text of [JSON.stringify(message), JSON.stringify(answer), line]) {
        try {
          reader.read(parseJson(text));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }

      const list = new ToolList();
      for (const tool of Array.isArray(result) ? result : [result]) list.add(tool);
      for (const { inputSchema } of list.entries) expect(inputSchema.type).toBe('object');

      try {
        const { text } = toToolResult(readToolResult(result), MAX_BYTES);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES);
        expect(text.isWellFormed()).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(McpError);
      }
    }),
  ),
);
