import { jsonInText } from './json-in-text.js';

const ok = { id: 1, result: 'ok' };
const OK = JSON.stringify(ok);

describe('JSON in a text', () => {
  it.each<[string, unknown[]]>([
    [OK, [ok]],
    [`\ufeff${OK}`, [ok]],
    [`${OK}${OK}`, [ok, ok]],
    [`${OK}\n${OK}\n`, [ok, ok]],
    [`${OK}\n<!-- done -->`, [ok]],
    ['{"id":1,"result":[NaN,-Infinity,"NaN"]}', [{ id: 1, result: [null, null, 'NaN'] }]],
    ['{"id":1,"result":"a\tb"}', [{ id: 1, result: 'a\tb' }]],
    ['{"id":1,"result":"a\nb"}', [{ id: 1, result: 'a\nb' }]],
    ['{"id":1,"result":"a \\"}{\\" b\t"}', [{ id: 1, result: 'a "}{" b\t' }]],
    ['{"id":9007199254740993}NaN', [{ id: expect.anything() as unknown }]],
    ['', []],
    ['no message', []],
    ['{"id":1,', []],
    ['{"level":30} {"msg":"x"}', []],
  ])('is found: %j', (text, values) => {
    expect(jsonInText(text).map(({ value }) => value)).toEqual(values);
  });

  it('is found behind other things, which is told', () => {
    const within = (text: string) => jsonInText(text).map(({ isBehindNoise }) => isBehindNoise);
    expect(within(`> ${OK}`)).toEqual([true]);
    expect(within(`\u001b[2K\rloading 100%${OK}`)).toEqual([true]);
    expect(within(`\u001b[32m${OK}\u001b[0m`)).toEqual([false]);
    expect(within(`${OK} and ${OK}`)).toEqual([false, true]);
    expect(within(`event: message\ndata: ${OK}\n\n`)).toEqual([true]);
  });

  it.each(['{"id":'.repeat(200_000), `${'['.repeat(500_000)}{"id":1`, '{"id":"'.repeat(100_000)])(
    'holds up nothing, whatever it is',
    (text) => {
      const before = performance.now();
      jsonInText(text);
      expect(performance.now() - before).toBeLessThan(5_000);
    },
  );
});
