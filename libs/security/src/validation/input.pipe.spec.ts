import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { SecurityError } from '../errors/security.error.js';
import { IsId } from './id.decorator.js';
import { inputPipe } from './input.pipe.js';
import { Trimmed, trimmed } from './trimmed.decorator.js';

class InnerDto {
  @IsString()
  must!: string;

  @IsOptional()
  @IsInt()
  may?: number;
}

class OuterDto {
  @Trimmed()
  @IsString()
  @Length(1, 10)
  must!: string;

  @IsOptional()
  @IsString()
  @Length(1, 10)
  may?: string;

  @IsId({ optional: true })
  id?: string;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InnerDto)
  inner?: InnerDto;

  @IsOptional()
  @IsObject()
  free?: Record<string, unknown>;
}

const ID = '01a20de4-0000-7000-8000-00000000000a';
const pipe = inputPipe();
const taken = async (value: unknown, type: 'body' | 'query' = 'body') =>
  JSON.parse(JSON.stringify(await pipe.transform(value, { type, metatype: OuterDto }))) as unknown;
const refusedFields = async (value: unknown, type: 'body' | 'query' = 'body') => {
  const error: unknown = await taken(value, type).catch((thrown: unknown) => thrown);
  if (!(error instanceof SecurityError)) throw new Error(JSON.stringify(error));
  return (error.extra.details as { field: string }[]).map(({ field }) => field);
};

describe('the input pipe', () => {
  it.each([null, ''])('takes %j in an optional field as if it were not there', async (absent) => {
    const value = { must: 'x', may: absent, id: absent, inner: absent, free: absent };
    expect(await taken(value)).toEqual({ must: 'x' });
    expect(await taken({ must: 'x', inner: { must: 'y', may: absent } })).toEqual({
      must: 'x',
      inner: { must: 'y' },
    });
  });

  it('leaves what a free-form object holds as it is', async () => {
    const free = { a: null, b: '', c: { d: null } };
    expect(await taken({ must: 'x', free })).toEqual({ must: 'x', free });
  });

  it('refuses null in a required field, and in an unknown one', async () => {
    expect(await refusedFields({ must: null })).toEqual(['must']);
    expect(await refusedFields({ must: 'x', inner: { must: null } })).toEqual(['inner.must']);
    expect(await refusedFields({ must: 'x', other: null })).toEqual(['other']);
  });

  it.each([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])(
    'refuses a field named %s, at any depth',
    async (name) => {
      const named = (more: object) =>
        JSON.parse(JSON.stringify({ ...more, FIELD: 1 }).replace('FIELD', name)) as object;
      expect(await refusedFields(named({ must: 'x' }))).toEqual([name]);
      expect(await refusedFields({ must: 'x', inner: named({ must: 'y' }) })).toEqual([
        `inner.${name}`,
      ]);
      expect(await refusedFields({ must: 'x', free: { deep: [named({})] } })).toEqual([
        `free.deep.0.${name}`,
      ]);
      expect(await refusedFields(named({ must: 'x' }), 'query')).toEqual([name]);
    },
  );

  it('looks at no more parameters of a query than any route could have', async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, '']));
    expect(await refusedFields(many, 'query')).toEqual(['']);
  });

  it('gives an id in lower case, however it was written', async () => {
    expect(await taken({ must: 'x', id: ID.toUpperCase() })).toEqual({ must: 'x', id: ID });
    for (const id of [ID.slice(1), `{${ID}}`, [ID], 5, {}]) {
      expect(await refusedFields({ must: 'x', id })).toEqual(['id']);
    }
  });

  it('trims before it looks at the length', async () => {
    expect(await taken({ must: `\n\u00a0\u200b${'x'.repeat(10)}\u2066 \r\n` })).toEqual({
      must: 'x'.repeat(10),
    });
    expect(await refusedFields({ must: ' \t\u00a0' })).toEqual(['must']);
  });
});

describe('trimmed', () => {
  it('takes away whatever is not seen, of any script', () => {
    const unseen =
      '\t\u00a0\u00ad\u034f\u061c\u180e\u200b\u200f\u202a\u202b\u202d\u202e\u2063\u2069\u206f\u3000\ufeff';
    expect(trimmed(`${unseen}ada${unseen}`)).toBe('ada');
    expect(trimmed(`Ada ❤\ufe0f `)).toBe('Ada ❤\ufe0f');
  });

  it('leaves what stands inside, and takes no longer for a long run of it', () => {
    const inside = `a${' '.repeat(200_000)}b`;
    expect(trimmed(` ${inside} `)).toBe(inside);
    expect(trimmed(' '.repeat(200_000))).toBe('');
  });
});
