import { parseArguments, parseCommand } from './command.js';

const schema = {
  properties: {
    title: { type: 'string' },
    text: { type: 'string' },
    number: { type: 'integer' },
    done: { type: 'boolean' },
    tags: { type: 'array' },
  },
  required: ['text'],
};

describe('a command', () => {
  it.each([
    ['/help', { name: 'help', input: '' }],
    ['  /echo  {"message":"hi"} ', { name: 'echo', input: '{"message":"hi"}' }],
    ['/get-sum a=1\nb=2', { name: 'get-sum', input: 'a=1\nb=2' }],
  ])('%s', (message, command) => expect(parseCommand(message)).toEqual(command));

  it.each(['hello', 'a /help', '/', '/ help', '/../etc', `/${'x'.repeat(65)}`])(
    'is not: %s',
    (message) => expect(parseCommand(message)).toBeUndefined(),
  );
});

describe('the arguments of a command', () => {
  it.each([
    ['', {}],
    ['{"title":"Milk","n":2}', { title: 'Milk', n: 2 }],
    ['title=Milk text="2 litres"', { title: 'Milk', text: '2 litres' }],
    [`text='it "is"' title="a \\"b\\"\\nc"`, { text: 'it "is"', title: 'a "b"\nc' }],
    ['number=7 done=true tags=["a","b"]', { number: 7, done: true, tags: ['a', 'b'] }],
    ['title=7', { title: '7' }],
    ['url=http://x/?a=b', { url: 'http://x/?a=b' }],
    ['buy milk', { text: 'buy milk' }],
  ])('%s', (input, values) => expect(parseArguments(input, schema)).toEqual(values));

  it.each([
    ['{"a":', /not valid JSON/],
    ['title=a rest', /name=value/],
    ['title="open', /name=value/],
    ['title=a title=b', /twice/],
    ['number=seven', /must be a number/],
    ['done=yes', /true or false/],
    ['{"__proto__":{"a":1}}', /cannot be called/],
    ['constructor=1', /cannot be called/],
  ])('cannot be read: %s', (input, reason) =>
    expect(() => parseArguments(input, schema)).toThrow(reason),
  );

  it('a bare text is refused where it could belong to several arguments', () => {
    expect(() => parseArguments('buy milk', { ...schema, required: ['text', 'title'] })).toThrow(
      /name=value/,
    );
  });
});
