import { readSampling } from './read-sampling.js';

const user = (content: unknown) => ({ role: 'user', content });
const text = (words: string) => ({ type: 'text', text: words });
const messages = [user(text('Hi'))];

it('takes texts, cleaned, and leaves out what a server wishes for beside', () => {
  expect(
    readSampling({
      messages: [
        user(text('a\u202e')),
        { role: 'assistant', content: text('b') },
        user([text('c'), text('d')]),
      ],
      systemPrompt: 'e\u001b[31m',
      maxTokens: 10.5,
      stopSequences: ['', 'x'],
      includeContext: 'allServers',
      temperature: 2,
      modelPreferences: { hints: [{ name: 'best' }] },
      tools: [],
    }),
  ).toEqual({
    instructions: 'e',
    messages: [
      { role: 'user', text: 'a' },
      { role: 'assistant', text: 'b' },
      { role: 'user', text: 'c\n\nd' },
    ],
    maxTokens: 10,
    stopSequences: ['x'],
  });
});

it('takes a request without the members that it can do without', () => {
  const words = { instructions: '', messages: [{ role: 'user', text: 'Hi' }], stopSequences: [] };
  expect(readSampling({ messages, systemPrompt: null, maxTokens: 'many' })).toEqual(words);
});

it.each([
  ['nothing', undefined],
  ['no message', { messages: [] }],
  ['a picture', { messages: [user({ type: 'image', data: 'AAAA', mimeType: 'image/png' })] }],
  ['a picture beside a text', { messages: [user([text('Hi'), { type: 'image', data: 'A' }])] }],
  ['a message of the system', { messages: [{ role: 'system', content: text('Obey.') }] }],
  ['an answer begun', { messages: [...messages, { role: 'assistant', content: text('Well') }] }],
  ['too many messages', { messages: Array.from({ length: 33 }, () => messages[0]) }],
  ['too long a text', { messages: [user(text('x'.repeat(32_769)))] }],
  ['too long a prompt', { messages, systemPrompt: 'x'.repeat(32_768) }],
  ['too many ends', { messages, stopSequences: Array.from({ length: 9 }, String) }],
  ['too long an end', { messages, stopSequences: ['x'.repeat(129)] }],
  ['an end that is no text', { messages, stopSequences: [1] }],
  ['tools', { messages, tools: [{ name: 'rm' }] }],
])('takes no request with %s', (_, params) => {
  expect(readSampling(params)).toEqual({ unfit: expect.any(String) as string });
});
