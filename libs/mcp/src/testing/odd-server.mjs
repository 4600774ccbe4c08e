// An MCP server of the 2025 era over stdio that works, in a dialect: `node odd-server.mjs '<JSON of its oddities>'`, or the
// path of a file with them.
//   init, list, call         members of a result that differ, or a whole result in `listResult`, `callResult`
//   callMessage              the whole answer to a call, but for its id
//   callLine                 the same as text; ID stands for the id
//   before                   lines of text before the answer to a call
//   probe                    how `server/discover` is answered: "idNull", "exit", "silent", "spoils" (nothing works after it)
//   ids                      "text": every id is returned as text
//   form                     "batch", "bom", "bare" (without `jsonrpc`), "colour", or "unended" (exits in the last line of
//                            the answer to a call): how messages are written
//   prompts, prompt          the results of `prompts/list` and `prompts/get`; the second page of the list is `morePrompts`
//   resources                the results of `resources/read` by address
//   secondPage               the whole answer to `tools/list` with a cursor, but for its id
//   grow                     how often a padding of 60,000 letters x in `callLine` is repeated
//   banner                   characters of noise before the first message
//   startMs                  time before the server reads its first message
//   stderr                   text for stderr at the start
//   exitCode                 ends with this code at a call
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [given = '{}'] = process.argv.slice(2);
const odd = JSON.parse(given.startsWith('{') ? given : readFileSync(given, 'utf8'));
const echo = {
  name: 'echo',
  description: 'Repeats',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
};

const write = (text) => process.stdout.write(`${text}\n`);
function say(message) {
  const { jsonrpc, ...bare } = { jsonrpc: '2.0', ...message };
  const text = JSON.stringify(odd.form === 'bare' ? bare : { jsonrpc, ...bare });
  const forms = {
    batch: `[${text}]`,
    bom: `\ufeff${text}`,
    colour: `\u001b[2K\u001b[32m${text}\u001b[0m`,
  };
  if (odd.form === 'unended' && message.result?.content) {
    return process.stdout.write(text, () => process.exit(0));
  }
  write(forms[odd.form] ?? text);
}

if (odd.stderr) process.stderr.write(odd.stderr);
if (odd.banner) write('starting… '.repeat(odd.banner / 10).replaceAll(/.{200}/g, '$&\n'));

function call(id, params) {
  for (const line of odd.before ?? []) write(line);
  if (odd.exitCode !== undefined) process.exit(odd.exitCode);
  if (odd.callLine) {
    const line = odd.callLine.replace(/x{60000}/, (pad) => pad.repeat(odd.grow ?? 1));
    return write(line.replace('ID', JSON.stringify(id)));
  }
  if (odd.callMessage) return say({ id, ...odd.callMessage });
  const content = [{ type: 'text', text: JSON.stringify(params?.arguments) }];
  return say({ id, result: 'callResult' in odd ? odd.callResult : { content, ...odd.call } });
}

let spoilt = false;

function answer({ id: given, method, params }) {
  if (given === undefined || method === undefined) return undefined;
  const id = odd.ids === 'text' ? String(given) : given;
  switch (method) {
    case 'initialize': {
      if (spoilt) return say({ id, error: { code: -32000, message: 'Already initialized' } });
      const serverInfo = { name: 'odd', version: '1' };
      const { protocolVersion } = params;
      return say({
        id,
        result: { protocolVersion, capabilities: { tools: {} }, serverInfo, ...odd.init },
      });
    }
    case 'tools/list':
      if (params?.cursor && odd.secondPage) return say({ id, ...odd.secondPage });
      return say({
        id,
        result: odd.listResult ?? { tools: [echo, ...(odd.tools ?? [])], ...odd.list },
      });
    case 'tools/call':
      return call(id, params);
    case 'prompts/list':
      if (!odd.prompts) return say({ id, error: { code: -32601, message: 'no' } });
      return say({ id, result: (params?.cursor && odd.morePrompts) || odd.prompts });
    case 'prompts/get':
      return odd.prompt
        ? say({ id, result: odd.prompt })
        : say({ id, error: { code: -32602, message: `MCP error -32602: No ${params.name}` } });
    case 'resources/read':
      return odd.resources?.[params.uri]
        ? say({ id, result: odd.resources[params.uri] })
        : say({ id, error: { code: -32002, message: 'Resource not found' } });
    case 'server/discover':
      if (odd.probe === 'exit') process.exit(1);
      if (odd.probe === 'silent') return undefined;
      spoilt = odd.probe === 'spoils';
      return say({
        id: odd.probe === 'idNull' ? null : id,
        error: { code: -32601, message: 'no' },
      });
    default:
      return say({ id, error: { code: -32601, message: 'no' } });
  }
}

setTimeout(
  () => createInterface({ input: process.stdin }).on('line', (line) => answer(JSON.parse(line))),
  odd.startMs ?? 0,
);
