import { answerForm } from './answer-form.decorator.js';

describe('the form of an answer', () => {
  it.each([
    [undefined, undefined, 'whole'],
    ['*/*', undefined, 'whole'],
    ['application/json', undefined, 'whole'],
    ['text/event-stream', undefined, 'stream'],
    ['Text/Event-Stream; q=0.5', undefined, 'stream'],
    ['application/json, text/event-stream', undefined, 'whole'],
    ['text/event-stream, application/json;q=0.9', undefined, 'stream'],
    ['application/json, text/event-stream;q=0.9', undefined, 'whole'],
    ['text/event-stream;q=0', undefined, 'whole'],
    ['text/event-stream;q=x', undefined, 'whole'],
    [undefined, 'respond-async', 'later'],
    ['text/event-stream', 'Respond-Async, wait=10', 'later'],
    [undefined, 'return=minimal; respond-async', 'whole'],
    [undefined, ['return=minimal', 'respond-async'], 'later'],
  ])('for Accept: %s and Prefer: %s is %s', (accept, prefer, form) => {
    expect(answerForm(accept, prefer)).toBe(form);
  });
});
