import { parseArguments } from './command-arguments.js';
import { parseCommand, resolveCommand } from './command.js';

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
    ['/user-profile/update a=1', { name: 'user-profile/update', input: 'a=1' }],
    ['/a.b', { name: 'a.b', input: '' }],
    [`/${'x'.repeat(128)}`, { name: 'x'.repeat(128), input: '' }],
    ['/', { name: '', input: '' }],
    ['/ help', { name: 'help', input: '' }],
    ['\uff0fhelp', { name: 'help', input: '' }],
    ['\u2044help', { name: 'help', input: '' }],
    ['\u2215\u3000help\u00a0me', { name: 'help', input: 'me' }],
    ['\u200b\ufeff\u00a0/\u200bhe\u2060lp\u200b', { name: 'help', input: '' }],
    ['\u2800\u3164/help', { name: 'help', input: '' }],
    ['/../etc', { name: '../etc', input: '' }],
    ['//help', { name: '/help', input: '' }],
  ])('%j', (message, command) => expect(parseCommand(message)).toEqual(command));

  it.each(['hello', 'a /help', '1/2', '', '   ', '\\help', 'and\n/help'])('is not: %j', (message) =>
    expect(parseCommand(message)).toBeUndefined(),
  );
});

describe('the name of a command', () => {
  const names = [
    'help',
    'list_notes',
    'get-sum',
    'Odd',
    'odd',
    'größe',
    'a@b',
    'user-profile/update',
  ];
  const named = (message: string) => resolveCommand(parseCommand(message)!, names);

  it.each([
    ['/Help', 'help', ''],
    ['/List_notes', 'list_notes', ''],
    ['/LIST_NOTES 5', 'list_notes', '5'],
    ['/Odd', 'Odd', ''],
    ['/get\u2014sum a=1', 'get-sum', 'a=1'],
    ['/\uff48\uff45\uff4c\uff50', 'help', ''],
    ['/help@bot', 'help', ''],
    ['/Help@Some_bot now', 'help', 'now'],
    ['/a@b', 'a@b', ''],
    ['/help.', 'help', ''],
    ['/list_notes#3', 'list_notes', '#3'],
    ['/list_notes{"limit":3}', 'list_notes', '{"limit":3}'],
    ['/list_notes\u201cx y\u201d', 'list_notes', '\u201cx y\u201d'],
    ['/GRO\u0308\u1e9eE', 'größe', ''],
    ['/gro\u0308\u00dfe', 'größe', ''],
    ['/ODD', undefined, ''],
    ['/nothing', undefined, ''],
    ['/', undefined, ''],
    ['/@bot', undefined, ''],
  ])('%j means %s', (message, name, input) =>
    expect(named(message)).toEqual(name === undefined ? undefined : { name, input }),
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
    ['text=\u201c2 litres\u201d', { text: '2 litres' }],
    ['text=\u201e2 litres\u201c', { text: '2 litres' }],
    ['text=\u201d2 litres\u201d title=x', { text: '2 litres', title: 'x' }],
    ['text=\u00ab2 litres\u00bb', { text: '2 litres' }],
    ['text=\u00ab\u00a02 litres\u00a0\u00bb', { text: '2 litres' }],
    ['text=\u00bb2 litres\u00ab', { text: '2 litres' }],
    ['text=\u20392 litres\u203a', { text: '2 litres' }],
    ['text=\u20182 litres\u2019', { text: '2 litres' }],
    ['text=\u201a2 litres\u2018', { text: '2 litres' }],
    ['text=\u300c2 litres\u300d', { text: '2 litres' }],
    ['text=\u300e2 litres\u300f', { text: '2 litres' }],
    ['text=\u301d2 litres\u301e', { text: '2 litres' }],
    ['text=\uff022 litres\uff02', { text: '2 litres' }],
    ['text=\uff072 litres\uff07', { text: '2 litres' }],
    ['text="2 litres\u201d title=\u201cx y"', { text: '2 litres', title: 'x y' }],
    ['text=\u201cshe said \u2018hi\u2019\u201d', { text: 'she said \u2018hi\u2019' }],
    ['text="she said \u201chi\u201d" title=x', { text: 'she said \u201chi\u201d', title: 'x' }],
    ['text=\u2018don\u2019t do it\u2019', { text: 'don\u2019t do it' }],
    ['text=don\u2019t title=x', { text: 'don\u2019t', title: 'x' }],
    ['text=\u201999 title=x', { text: '\u201999', title: 'x' }],
    ['don\u2019t forget', { text: 'don\u2019t forget' }],
    ['\u201cbuy milk\u201d', { text: 'buy milk' }],
    ['"to be" or not "to be"', { text: '"to be" or not "to be"' }],
    ['\uff54\uff49\uff54\uff4c\uff45\uff1dMilk', { title: 'Milk' }],
    ['Title=Milk TEXT=x', { title: 'Milk', text: 'x' }],
    ['title=Milk\u00a0text=\u200b\u201cx y\u201d\u200b', { title: 'Milk', text: 'x y' }],
    ['title=Milk\u3000text=x', { title: 'Milk', text: 'x' }],
    ['text=\u200f\u201cx y\u201d\u200f title\u200f=x', { text: 'x y', title: 'x' }],
    ['text=\u2067\u201cx y\u201d\u2069 \u200etitle=x', { text: 'x y', title: 'x' }],
    ['text="2 litres". title="Milk". ', { text: '2 litres', title: 'Milk' }],
    ['tags=["a", "b"]. title=x', { tags: ['a', 'b'], title: 'x' }],
    ['text="x y"\ufeff title=x', { text: 'x y', title: 'x' }],
    [
      '{\u201ctitle\u201d:\u00a0\u201cMi\u201dlk\u201d, \u201cn\u201d: 2}',
      { title: 'Mi\u201dlk', n: 2 },
    ],
    [
      '\uff5b\u201ctitle\u201d\uff1a\u201cMilk\u201d\uff0c"n"\uff1a\uff12\uff5d',
      { title: 'Milk', n: 2 },
    ],
    ['number=\uff17', { number: 7 }],
    ['number=\u0663\u0664', { number: 34 }],
    ['number=\u22127', { number: -7 }],
    ['number=\u20147', { number: -7 }],
    ['toString=x', { toString: 'x' }],
  ])('as phones type them: %j', (input, values) =>
    expect(parseArguments(input, schema)).toEqual(values),
  );

  it.each([
    ['{"a":', /not valid JSON/],
    ['title=a rest', /name=value/],
    ['title="open', /name=value/],
    ['title=\u201copen', /name=value/],
    ['title=a title=b', /twice/],
    ['title=a Title=b', /twice/],
    ['number=seven', /must be a number/],
    ['number=1.5', /must be a whole number/],
    ['done=perhaps', /true or false/],
    ['{"__proto__":{"a":1}}', /cannot be called/],
    ['constructor=1', /cannot be called/],
    ['{"a":[{"b":{"__proto__":{"isAdmin":true}}}]}', /cannot be called/],
    ['{\u201ca\u201d\uff1a{"constructor":1}}', /cannot be called/],
  ])('cannot be read: %s', (input, reason) =>
    expect(() => parseArguments(input, schema)).toThrow(reason),
  );

  it('a JSON value of a pair has no harmful name at any depth', () => {
    const objects = { properties: { where: { type: 'object' }, tags: { type: 'array' } } };
    for (const input of ['where={"a":{"__proto__":{}}}', 'tags=[{"prototype":1}]']) {
      expect(() => parseArguments(input, objects)).toThrow(/cannot be called/);
    }
    expect(parseArguments('where={"a":["__proto__"]}', objects)).toEqual({
      where: { a: ['__proto__'] },
    });
  });

  it('a bare text is refused where it could belong to several arguments', () => {
    expect(() => parseArguments('buy milk', { ...schema, required: ['text', 'title'] })).toThrow(
      /name=value/,
    );
  });

  it.each([
    [{ required: ['number'], properties: { number: { type: 'integer' } } }, '3', { number: 3 }],
    [{ required: ['number'], properties: { number: { type: 'integer' } } }, '#3', { number: 3 }],
    [{ properties: { limit: { type: 'number' } } }, '\uff03\uff15', { limit: 5 }],
    [{ properties: { ids: { type: 'array' } } }, '[1,2]', { ids: [1, 2] }],
    [{ properties: { isOn: { type: 'boolean' } } }, 'Yes', { isOn: true }],
    [{ required: ['text'], properties: { text: { type: 'string' } } }, '#3', { text: '#3' }],
  ])('a bare value goes to the one argument: %j %s', (one, input, values) =>
    expect(parseArguments(input, one)).toEqual(values),
  );
});
