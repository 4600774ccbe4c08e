import { fitMessages } from './fit-messages.js';
import type { ModelMessage } from './model-message.js';
import { tokensOfMessage } from './token-estimate.js';

/** A turn with one call, whose result has so many characters. */
function turn(id: number, resultLength: number): ModelMessage[] {
  return [
    { role: 'user', text: `Question ${id}` },
    { role: 'assistant', text: '', calls: [{ id: `c${id}`, name: 'search', input: { q: id } }] },
    {
      role: 'tool',
      results: [
        { callId: `c${id}`, name: 'search', text: 'x'.repeat(resultLength), isError: false },
      ],
    },
    { role: 'assistant', text: `Answer ${id}`, calls: [] },
  ];
}

const sizeOf = (messages: readonly ModelMessage[]) =>
  messages.reduce((sum, message) => sum + tokensOfMessage(message), 0);

const resultLengths = (messages: readonly ModelMessage[]) =>
  messages.flatMap((one) =>
    one.role === 'tool' ? one.results.map(({ text }) => text.length) : [],
  );

const questions = (messages: readonly ModelMessage[]) =>
  messages.flatMap((one) => (one.role === 'user' ? [one.text] : []));

describe('the messages that fit', () => {
  const messages = [...turn(1, 6_000), ...turn(2, 6_000), ...turn(3, 6_000)];

  it('are all of them, untouched, where there is room', () => {
    expect(fitMessages(messages, sizeOf(messages))).toEqual(messages);
  });

  it('have the oldest results shortened first', () => {
    const fitting = fitMessages(messages, sizeOf(messages) - 500);
    const [first, second, third] = resultLengths(fitting);
    expect(first).toBeLessThan(600);
    expect([second, third]).toEqual([6_000, 6_000]);
    expect(questions(fitting)).toHaveLength(3);
  });

  it('lack the oldest turns where shortened results are still too much', () => {
    const fitting = fitMessages(messages, 420);
    expect(questions(fitting)).toEqual(['Question 2', 'Question 3']);
    expect(sizeOf(fitting)).toBeLessThanOrEqual(420);
  });

  it('have the newest turn, whatever the room', () => {
    expect(questions(fitMessages(messages, 1))).toEqual(['Question 3']);
  });

  it('never have a call without its result, or a result without its call', () => {
    const open: ModelMessage = {
      role: 'assistant',
      text: '',
      calls: [{ id: 'lost', name: 'search', input: {} }],
    };
    const interrupted: ModelMessage[] = [
      ...turn(1, 50),
      { role: 'user', text: 'And?' },
      open,
      { role: 'user', text: 'Hello?' },
      { ...open, text: 'Let me look.' },
      ...turn(2, 50),
    ];
    for (let budget = 1; budget < sizeOf(interrupted) + 10; budget += 1) {
      const fitting = fitMessages(interrupted, budget);
      const called = fitting.flatMap((one) => (one.role === 'assistant' ? one.calls : []));
      const answered = fitting.flatMap((one) => (one.role === 'tool' ? one.results : []));
      expect(called.map(({ id }) => id)).toEqual(answered.map(({ callId }) => callId));
      expect(fitting[0]).toMatchObject({ role: 'user' });
    }
    const whole = fitMessages(interrupted, 10_000);
    expect(whole).toContainEqual({ role: 'assistant', text: 'Let me look.', calls: [] });
  });

  it('keep a shortened result in whole characters', () => {
    const emoji = turn(1, 0).map((one) =>
      one.role === 'tool'
        ? { ...one, results: one.results.map((result) => ({ ...result, text: '👋'.repeat(900) })) }
        : one,
    );
    for (const text of ['', 'x']) {
      const [, , tool] = fitMessages([{ role: 'user', text }, ...emoji.slice(1)], 300);
      expect(JSON.stringify(tool)).not.toMatch(/\\ud[89ab]/);
    }
  });
});
