import fc from 'fast-check';
import { parseArguments } from './command-arguments.js';
import { parseCommand, resolveCommand, UnreadableCommandError } from './command.js';

/** The same cases each time, and few enough for a second or two; with FUZZ_RUNS other ones, and as many as that. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 2_000);
const OPTIONS = { numRuns: RUNS, ...(process.env.FUZZ_RUNS ? {} : { seed: 20_261_126 }) };

const blank = fc.constantFrom(
  ...Array.from(' \n\t\u00a0\u3000\u200b\u200d\u2060\ufeff\u00ad\ufe0f\u202e\u2800\u3164'),
);
const slash = fc.constantFrom(...Array.from('/\uff0f\u2044\u2215\u29f8\u27cb'));
const quote = fc.constantFrom(
  ...Array.from(
    '"\'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a\u300c\u300d\u301d\u301e\uff02\uff07',
  ),
);
const anyText = fc.string({ unit: 'grapheme', maxLength: 60 });
/** What breaks parsers sooner than arbitrary text. */
const typed = fc
  .array(
    fc.oneof(
      quote,
      blank,
      slash,
      anyText,
      fc.constantFrom(
        '=',
        '\uff1d',
        'it=',
        'tags=',
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '\\',
        '#',
        '@',
        '-1e',
        '9'.repeat(20),
        'null',
        '__proto__',
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

const leaf = fc.constantFrom(
  {},
  true,
  false,
  { type: 'string' },
  { type: ['integer', 'null'] },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'array', items: { type: 'integer' } },
  { type: 'object' },
  { enum: [1, 'a', null] },
  { const: 2 },
  { $ref: '#' },
  { $ref: '#/properties/it' },
);
const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ anyOf: fc.array(tie('schema'), { maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { maxLength: 3 }), nullable: fc.boolean() }),
    fc.record({ type: fc.anything(), enum: fc.anything(), properties: fc.anything() }),
  ),
}));
const tool = fc.record({
  properties: fc.record({ it: schema, tags: schema }, { requiredKeys: ['it'] }),
  required: fc.subarray(['it', 'tags']),
});

describe('whatever a person writes', () => {
  it('and a slash of any form before it is a command, and never a text', () => {
    fc.assert(
      fc.property(fc.array(blank), slash, typed, (blanks, mark, rest) => {
        const command = parseCommand(`${blanks.join('')}${mark}${rest}`);
        expect(command).toBeDefined();
        expect(() => resolveCommand(command!, ['help', 'it'])).not.toThrow();
      }),
      OPTIONS,
    );
  });

  it('behind a command is read for any schema, or refused in words', () => {
    fc.assert(
      fc.property(typed, tool, (input, inputSchema) => {
        expect(outcomeOf(input.trim(), inputSchema)).toMatch(/^\{|^refused: ./);
      }),
      OPTIONS,
    );
  });

  it('in any quotes is the text between them', () => {
    const plain = fc.stringMatching(/^[a-z\u00e4\u0434\u4e16 ,.!?]{1,40}$/);
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom(
          '""',
          '\u201c\u201d',
          '\u201e\u201c',
          '\u201d\u201d',
          '\u00ab\u00bb',
          '\u00bb\u00ab',
          '\u2018\u2019',
          '\u201a\u2018',
          '\u300c\u300d',
          '\u300e\u300f',
          '\u301d\u301e',
          '"\u201d',
          '\u201c"',
        ),
        (text, [open, close]) => {
          expect(
            parseArguments(`it=${open}${text}${close} tags=${open}${text}${close}`, {
              properties: { it: { type: 'string' }, tags: { type: 'string' } },
            }),
          ).toEqual({ it: text, tags: text });
        },
      ),
      OPTIONS,
    );
  });
});

describe('arguments in JSON', () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{0,40}$/);
  const number = fc.oneof(
    digits,
    digits.map((text) => `-${text}`),
    fc.tuple(digits, digits).map(([whole, part]) => `${whole}.${part}`),
    fc
      .tuple(digits, fc.integer({ min: -999, max: 999 }))
      .map(([text, power]) => `${text}e${power}`),
  );

  it('go on as they are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        (value) => {
          const json = JSON.stringify(value);
          fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(json));
          expect(JSON.stringify(parseArguments(json, {}))).toBe(json);
        },
      ),
      OPTIONS,
    );
  });

  it('keep each number, or what is written exactly as it', () => {
    fc.assert(
      fc.property(number, (text) => {
        const sent = JSON.stringify(parseArguments(`{"n":${text}}`, {})).slice(5, -1);
        expect(sameNumber(sent, text)).toBe(true);
        const pair = parseArguments(`n=${text}`, { properties: { n: { type: 'number' } } });
        expect(sameNumber(JSON.stringify(pair.n), text)).toBe(true);
      }),
      OPTIONS,
    );
  });
});

function outcomeOf(input: string, inputSchema: Record<string, unknown>): string {
  try {
    return JSON.stringify(parseArguments(input, inputSchema));
  } catch (error) {
    if (!(error instanceof UnreadableCommandError)) throw error;
    return `refused: ${error.message}`;
  }
}

/** In whole numbers, with which JavaScript counts without loss. */
function sameNumber(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => {
    const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
    const [whole = '', part = ''] = mantissa.split('.');
    return { digits: BigInt(whole + part), power: Number(power) - part.length };
  });
  const least = Math.min(a!.power, b!.power);
  const scaled = [a!, b!].map(({ digits, power }) => digits * 10n ** BigInt(power - least));
  return scaled[0] === scaled[1];
}
