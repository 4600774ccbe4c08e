import { failureWords } from './failure-words.js';

describe('the words of a tool that failed', () => {
  it.each([
    ['There is no note 99.', 'There is no note 99.'],
    [
      'MCP error -32602: Input validation error: Invalid arguments for tool read_note: number: Use a whole number, such as 3.',
      'number: Use a whole number, such as 3.',
    ],
    ['MCP error -32602: Tool gone not found', 'Tool gone not found'],
    [
      'Input validation error: Invalid arguments for tool echo: [\n {"code":"invalid_type","path":["message"],"message":"Required"},\n {"path":[],"message":"Too much"}]',
      'message: Required\nToo much',
    ],
    ["Error executing tool a/b: can't", "can't"],
    ['Error: boom', 'boom'],
    ['[1, 2] are too many', '[1, 2] are too many'],
    ['[]', '[]'],
    ['The error: none', 'The error: none'],
    ['', 'The command failed, and there is nothing that says why.'],
    ['MCP error -32603: ', 'The command failed, and there is nothing that says why.'],
  ])('%s', (text, words) => expect(failureWords(text)).toBe(words));
});
