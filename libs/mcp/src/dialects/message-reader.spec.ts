import { PROTOCOL_VERSION_META_KEY, type JSONRPCRequest } from '@modelcontextprotocol/client';
import { MessageReader } from './message-reader.js';

const aRequest = (id: number, method = 'tools/call', params = {}): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
const modern = { _meta: { [PROTOCOL_VERSION_META_KEY]: '2026-07-28' } };

describe('MessageReader', () => {
  let reader: MessageReader;
  beforeEach(() => {
    reader = new MessageReader();
  });

  it.each([undefined, null, 'partial'])(
    'takes a result of 2026 for complete if it says %j of that',
    (resultType) => {
      reader.sending(aRequest(1, 'tools/call', modern));
      const result = { content: [{ type: 'text', text: 'ok' }], resultType };
      expect(reader.read({ jsonrpc: '2.0', id: 1, result })).toEqual([
        {
          jsonrpc: '2.0',
          id: 1,
          result: expect.objectContaining({ isError: false, resultType: 'complete' }) as object,
        },
      ]);
    },
  );

  it('gives an error with a null id to the only request that waits, and to none of several', () => {
    const error = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'no' } };
    reader.sending(aRequest(1));
    reader.sending(aRequest(2));
    expect(reader.read(error)).toEqual([]);
    reader.forget(1);
    expect(reader.read(error)).toEqual([{ ...error, id: 2 }]);
    expect(reader.read(error)).toEqual([]);
  });

  it('takes no log line in JSON for an answer', () => {
    reader.sending(aRequest(1));
    for (const line of [{ error: 'disk' }, { level: 30, result: 1 }, { method: 'GET' }, [], 7]) {
      expect(reader.read(line)).toEqual([]);
    }
  });

  it('gives one answer to a request, and none to one that was cancelled', () => {
    const answer = (id: number) => ({ jsonrpc: '2.0', id, result: {} });
    reader.sending(aRequest(1));
    expect(reader.read([answer(1), answer(1)])).toHaveLength(1);
    reader.sending(aRequest(2));
    reader.sending({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
    expect(reader.read(answer(2))).toEqual([]);
  });
});
