import type { Client } from '@modelcontextprotocol/client';
import { ServerMessages } from './server-messages.js';

/** The messages of a server that sends them at moments of a clock of ours. */
function messages() {
  const told: unknown[] = [];
  let receive: (params: object) => void = () => undefined;
  let now = 0;
  const client = {
    setNotificationHandler: (_method: string, _schemas: object, handler: typeof receive) => {
      receive = handler;
    },
  } as unknown as Client;
  const listener = {
    onMessage: (level: string, text: string) => told.push([level, text]),
    onDropped: (count: number) => told.push(count),
  };
  const all = new ServerMessages(client, listener, () => now);
  const pass = (ms: number) => (now += ms);
  return { told, all, pass, receive: (params: object) => receive(params) };
}

it('has the levels of our log, and says of which part of the server it comes', () => {
  const { told, receive } = messages();
  receive({ level: 'notice', data: 'a', logger: 'db' });
  receive({ level: 'emergency', data: { b: 1 } });
  receive({ level: 'toString' });
  receive({ level: 7, data: 'x'.repeat(5_000) });
  expect(told).toEqual([
    ['info', 'db: a'],
    ['error', '{"b":1}'],
    ['info', ''],
    ['info', 'x'.repeat(1_000)],
  ]);
});

it('is cut off in a flood, and tells how much was dropped', () => {
  const { told, all, pass, receive } = messages();
  for (let n = 0; n < 1_000; n += 1) receive({ level: 'info', data: 'again' });
  expect(told).toHaveLength(20);
  pass(10_000);
  receive({ level: 'info', data: 'later' });
  expect(told.slice(20)).toEqual([980, ['info', 'later']]);
  for (let n = 0; n < 100; n += 1) receive({ level: 'info', data: 'again' });
  all.end();
  expect(told.at(-1)).toBe(81);
});
