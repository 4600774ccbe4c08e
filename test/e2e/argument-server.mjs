// An MCP server over stdio that answers with the arguments of a call as they came, number for number.
import { createInterface } from 'node:readline';

const schema = (properties, more = {}) => ({ type: 'object', properties, ...more });
const tools = [
  {
    name: 'search',
    inputSchema: schema(
      {
        limit: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        page: { $ref: '#/$defs/page' },
        query: { type: ['string', 'null'] },
        tags: { type: 'array', items: { type: 'string' } },
        sort: { enum: ['newest', 'oldest'] },
        exact: { const: true },
      },
      { required: ['query'], $defs: { page: { oneOf: [{ type: 'integer' }, { type: 'null' }] } } },
    ),
  },
  { name: 'get', inputSchema: schema({ id: { type: 'integer' } }, { required: ['id'] }) },
  { name: 'fail', inputSchema: schema({}) },
  { name: 'refuse', inputSchema: schema({}) },
  { name: 'nothing', inputSchema: schema({}) },
];

const written = (line) =>
  JSON.stringify(
    JSON.parse(line, (_key, value, { source }) =>
      typeof value === 'number' ? JSON.rawJSON(source) : value,
    ).params.arguments,
  );

const answers = {
  search: (line) => ({ content: [{ type: 'text', text: written(line) }] }),
  get: (line) => ({ content: [{ type: 'text', text: written(line) }] }),
  fail: () => ({
    content: [{ type: 'text', text: 'MCP error -32602: The disk is full.' }],
    isError: true,
  }),
  nothing: () => ({ content: [] }),
};

const say = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    return say({
      id,
      result: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'arguments', version: '1' },
      },
    });
  }
  if (method === 'tools/list') return say({ id, result: { tools } });
  const answer = method === 'tools/call' ? answers[params.name] : undefined;
  if (answer) return say({ id, result: answer(line) });
  const message =
    method === 'tools/call'
      ? 'MCP error -32602: Input validation error: Invalid arguments for tool refuse: [{"path":["a"],"message":"Required"}]'
      : 'No such method';
  say({ id, error: { code: method === 'tools/call' ? -32602 : -32601, message } });
});
