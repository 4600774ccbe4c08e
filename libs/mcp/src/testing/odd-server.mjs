// An MCP server of the 2025 era over stdio that works, in a dialect: `node odd-server.mjs '<JSON of its oddities>'`.
//   init, list, call         members of a result that differ, or a whole result in `listResult`, `callResult`
//   callMessage              the whole answer to a call, but for its id
//   callLine                 the same as text; ID stands for the id
//   before                   lines of text before the answer to a call
//   probe                    how `server/discover` is answered: "idNull", "exit", "silent"
//   ids                      "text": every id is returned as text
//   form                     "batch", "bom", "bare" (without `jsonrpc`), "colour", or "unended" (exits in the last line of
//                            the answer to a call): how messages are written
//   secondPage               the whole answer to `tools/list` with a cursor, but for its id
//   grow                     how often a padding of 60,000 letters x in `callLine` is repeated
//   banner                   characters of noise before the first message
//   startMs                  time before the server reads its first message
//   stderr                   text for stderr at the start
//   exitCode                 ends with this code at a call
import { createInterface } from 'node:readline';

const odd = JSON.parse(process.argv[2] ?? '{}');
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

function answer({ id: given, method, params }) {
  if (given === undefined || method === undefined) return undefined;
  const id = odd.ids === 'text' ? String(given) : given;
  switch (method) {
    case 'initialize': {
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
    case 'server/discover':
      if (odd.probe === 'exit') process.exit(1);
      if (odd.probe === 'silent') return undefined;
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
