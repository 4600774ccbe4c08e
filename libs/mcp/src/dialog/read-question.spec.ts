import { checkAnswer } from './check-answer.js';
import type { McpFormQuestion } from './mcp-question.js';
import { readQuestion } from './read-question.js';

const rules = { allowsPlainHttp: false };
const form = (properties: object, required?: unknown) =>
  readQuestion({ message: 'Hi', requestedSchema: { type: 'object', properties, required } }, rules);
const url = (address: unknown, allowsPlainHttp = false) =>
  readQuestion({ mode: 'url', message: 'Go', url: address }, { allowsPlainHttp });
const unfit = { unfit: expect.any(String) as string };

describe('a form', () => {
  it('keeps what is understood of odd fields', () => {
    const question = form(
      {
        a: { type: 'string', format: 'ipv4', minLength: 'x', default: 5, title: '  ' },
        b: { type: 'string', enum: ['x', 'y'], enumNames: ['X'], default: 'z' },
        c: { type: 'array', items: { enum: ['x'] }, default: ['x', 'q'] },
      },
      'a',
    );
    expect(question).toEqual({
      kind: 'form',
      message: 'Hi',
      fields: [
        { name: 'a', title: 'a', isRequired: false, type: 'text' },
        {
          name: 'b',
          title: 'b',
          isRequired: false,
          type: 'choice',
          options: [
            { value: 'x', title: 'X' },
            { value: 'y', title: 'y' },
          ],
        },
        {
          name: 'c',
          title: 'c',
          isRequired: false,
          type: 'choices',
          options: [{ value: 'x', title: 'x' }],
          default: ['x'],
        },
      ],
    });
  });

  it.each([
    'password',
    'userPassword',
    'API_KEY',
    'api-key',
    'accessToken',
    'client_secret',
    'card number',
    'CVV',
    'pinCode',
    'seedPhrase',
  ])('is not shown where it asks for %s', (name) => {
    expect(form({ [name]: { type: 'string' } })).toEqual(unfit);
    expect(form({ a: { type: 'string', title: name } })).toEqual(unfit);
  });

  it.each([
    'userpassword',
    'password2',
    'PIN',
    'user_pin',
    'pin 2',
    'apiKey1',
    'Passwort',
    'mot de passe',
    'контрпароль',
  ])('is not shown where it asks for %s in other words', (name) => {
    expect(form({ a: { type: 'string', title: name } })).toEqual(unfit);
  });

  it.each(['string', 'integer'])('is not shown where a %s is described as a password', (type) => {
    expect(form({ a: { type, description: 'Your Password for the bank' } })).toEqual(unfit);
  });

  it('may have the person decide about a password, without typing it', () => {
    const given = { a: { type: 'boolean', description: 'Reset the password?' } };
    expect(form(given)).toMatchObject({ kind: 'form' });
  });

  it.each(['tokens_left', 'keyboard', 'pin_color', 'secretary', 'monkey', 'passport'])(
    'may ask for %s',
    (name) => {
      expect(form({ [name]: { type: 'string' } })).toMatchObject({ kind: 'form' });
    },
  );

  it.each([
    ['no fields', undefined],
    ['an object in it', { a: { type: 'object' } }],
    ['a name that means harm', JSON.parse('{"__proto__":{"type":"string"}}')],
    ['options that are none', { a: { type: 'string', enum: [1, 2] } }],
    ['too many options', { a: { type: 'string', enum: Array.from({ length: 101 }, String) } }],
  ])('is not shown with %s', (_, properties) => {
    expect(form(properties as object)).toEqual(unfit);
  });
});

describe('an address', () => {
  it('is shown as it is read, with its host in ASCII', () => {
    expect(url('https://exаmple.com/%7e')).toMatchObject({ url: 'https://xn--exmple-4nf.com/%7e' });
  });

  it.each([
    'http://a.example/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://bank.example@evil.example/',
    'not an address',
    `https://a.example/${'a'.repeat(2_048)}`,
    undefined,
  ])('is not shown: %s', (address) => {
    expect(url(address)).toEqual(unfit);
  });

  it('may be without TLS in development', () => {
    expect(url('http://127.0.0.1:3000/', true)).toMatchObject({ kind: 'url' });
    expect(url('javascript:alert(1)', true)).toEqual(unfit);
  });
});

describe('an answer', () => {
  const { fields } = form({ a: { type: 'string' }, n: { type: 'integer' } }, [
    'n',
  ]) as McpFormQuestion;

  it.each([
    [{ n: 1 }, { n: 1 }],
    [
      { n: 1, a: '' },
      { n: 1, a: '' },
    ],
    [{ n: 1, a: null }, { n: 1 }],
  ])('of %j is taken as %j', (given, content) => {
    expect(checkAnswer(fields, given)).toEqual({ content });
  });

  it.each([
    [undefined, ['n']],
    [{ a: 1 }, ['a', 'n']],
    [{ n: 2 ** 60, a: 'x'.repeat(8_001) }, ['a', 'n']],
    [{ n: 1, a: '\ud800' }, ['a']],
    [JSON.parse('{"n":1,"toString":1}'), ['toString']],
  ])('of %j has faults in %j', (given, names) => {
    expect(
      checkAnswer(fields, given)
        .faults?.map(({ field }) => field)
        .toSorted(),
    ).toEqual(names);
  });
});
