import fc from 'fast-check';
import { parseJson } from '../json/json-text.js';
import { MessageReader } from '../dialects/message-reader.js';
import type { McpError } from '../mcp.error.js';
import { cleanText } from './clean-text.js';
import { MAX_TOOLS, ToolList } from './tool-list.js';
import { readToolResult, toToolResult } from './tool-result.js';

/** The same cases each time, and few enough for a second or two; with FUZZ_RUNS other ones, and as many as that. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1_000);
const OPTIONS = { numRuns: RUNS, ...(process.env.FUZZ_RUNS ? {} : { seed: 20_261_126 }) };
const MAX_BYTES = 10_000_000;

const word = fc.constantFrom('text', 'image', 'audio', 'resource', 'resource_link', 'video', 'x');
const odd = fc.oneof(fc.jsonValue(), word, fc.constant(null), fc.constant('data:a/b;base64,AAAA'));
/** What is nearly a part, as each member is there, odd, or not. */
const part = fc.oneof(
  odd,
  fc.record(
    {
      type: fc.oneof(word, odd),
      text: odd,
      data: odd,
      mimeType: odd,
      uri: odd,
      name: odd,
      resource: fc.oneof(odd, fc.record({ text: odd, blob: odd, uri: odd }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  ),
);
const result = fc.oneof(
  odd,
  fc.record(
    {
      content: fc.oneof(fc.array(part, { maxLength: 5 }), part),
      structuredContent: odd,
      isError: fc.oneof(fc.boolean(), odd),
      _meta: odd,
      resultType: odd,
    },
    { requiredKeys: [] },
  ),
);
const schema = fc.record(
  {
    type: fc.oneof(fc.constantFrom('object', ['object', 'null']), odd),
    properties: fc.oneof(fc.dictionary(fc.string(), odd), odd),
    required: odd,
    anyOf: odd,
  },
  { requiredKeys: [] },
);
const tool = fc.oneof(
  odd,
  fc.record(
    {
      name: fc.oneof(fc.stringMatching(/^[a-z]{1,3}$/), odd),
      title: odd,
      description: odd,
      inputSchema: fc.oneof(schema, odd),
      annotations: odd,
      icons: odd,
    },
    { requiredKeys: [] },
  ),
);

describe('whatever a server returns', () => {
  it('is a text for people and one for models', () => {
    fc.assert(
      fc.property(result, (given) => {
        const { text, modelText = text } = toToolResult(readToolResult(given), MAX_BYTES);
        expect([text, modelText].every((one) => one.isWellFormed())).toBe(true);
      }),
      OPTIONS,
    );
  });

  it('keeps each text part, clean', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        part,
        (texts, other) => {
          const content = [...texts.map((text) => ({ type: 'text', text })), other];
          const { text } = toToolResult(readToolResult({ content }), MAX_BYTES);
          const expected = cleanText(texts.join('\n'));
          expect(text.startsWith(expected)).toBe(true);
        },
      ),
      OPTIONS,
    );
  });

  it('is never longer than allowed', () => {
    fc.assert(
      fc.property(result, fc.integer({ min: 1, max: 200 }), (given, maxBytes) => {
        const whole = bytesOf(given, MAX_BYTES);
        expect(bytesOrCode(given, maxBytes)).toBe(
          whole > maxBytes ? 'mcp_result_too_large' : whole,
        );
      }),
      OPTIONS,
    );
  });

  it('answers a call, if it is an answer of any form', () => {
    fc.assert(
      fc.property(
        result,
        fc.oneof(fc.constant(1), fc.constant('1'), fc.constant(null)),
        (given, id) => {
          const reader = new MessageReader();
          reader.sending({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} });
          const json = JSON.stringify({ jsonrpc: '2.0', id, result: given, error: null });
          expect(reader.read(parseJson(json))).toEqual([
            {
              jsonrpc: '2.0',
              id: 1,
              result: expect.objectContaining({ content: expect.any(Array) as unknown }) as unknown,
            },
          ]);
        },
      ),
      OPTIONS,
    );
  });

  it('and is no answer is read without harm', () => {
    const message = fc.record(
      {
        jsonrpc: fc.oneof(fc.constant('2.0'), odd),
        id: odd,
        method: odd,
        params: odd,
        result: odd,
        error: odd,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(message, fc.array(message), odd), (given) => {
        const reader = new MessageReader();
        reader.sending({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
        expect(reader.read(given)).toEqual(expect.any(Array));
      }),
      OPTIONS,
    );
  });
});

describe('whatever a server lists', () => {
  it('each tool is there or told of, and none is there twice', () => {
    fc.assert(
      fc.property(fc.array(tool, { maxLength: 10 }), (tools) => {
        const list = new ToolList();
        for (const one of tools) list.add(one);
        const left = list.faults.filter(({ outcome }) => outcome === 'skipped');
        expect(list.entries.length + left.length).toBe(tools.length);
        expect(new Set(list.entries.map(({ name }) => name)).size).toBe(list.entries.length);
        for (const { inputSchema } of list.entries) expect(inputSchema.type).toBe('object');
      }),
      OPTIONS,
    );
  });

  it('a good tool stays among odd ones', () => {
    const good = { name: 'good-one', inputSchema: { type: 'object' } };
    fc.assert(
      fc.property(
        fc.array(tool, { maxLength: 5 }),
        fc.array(tool, { maxLength: 5 }),
        (before, after) => {
          const list = new ToolList();
          for (const one of [...before, good, ...after]) list.add(one);
          expect(list.entries).toContainEqual(
            expect.objectContaining({ ...good, description: '' }),
          );
        },
      ),
      OPTIONS,
    );
  });

  it('takes bounded memory', () => {
    const list = new ToolList();
    for (let n = 0; n < 10 * MAX_TOOLS; n += 1)
      list.add({ name: `t${n}`, inputSchema: { type: 'object' } });
    expect(list.entries).toHaveLength(MAX_TOOLS);
    expect(list.faults).toEqual([
      expect.objectContaining({ outcome: 'cut', tool: `t${MAX_TOOLS}` }),
    ]);
    const huge = new ToolList();
    huge.add({ name: 'big', inputSchema: { type: 'object' }, description: 'x'.repeat(2_000_000) });
    expect(huge.entries).toEqual([]);
  });
});

/** Of the longer one of the two texts. */
function bytesOf(given: unknown, maxBytes: number): number {
  const { text, modelText = text } = toToolResult(readToolResult(given), maxBytes);
  return Math.max(Buffer.byteLength(text), Buffer.byteLength(modelText));
}

function bytesOrCode(given: unknown, maxBytes: number): number | string {
  try {
    return bytesOf(given, maxBytes);
  } catch (error) {
    return (error as McpError).code;
  }
}

describe('JSON that is nested too deeply', () => {
  const nested = (times: number) => `${'[1e1,'.repeat(times)}1${']'.repeat(times)}`;

  it('is no message', () => {
    const reader = new MessageReader();
    expect(() => {
      try {
        return reader.read(parseJson(nested(40_000)));
      } catch (error) {
        if (error instanceof RangeError) return [];
        throw error;
      }
    }).not.toThrow();
  });

  it('is noted in a result', () => {
    const structuredContent: unknown = JSON.parse(nested(200_000));
    expect(toToolResult(readToolResult({ structuredContent }), MAX_BYTES).text).toBe(
      '[a result that is nested too deeply]',
    );
  });
});
