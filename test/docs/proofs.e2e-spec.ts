import { existsSync, readFileSync } from 'node:fs';

/** The last cell of a row: a file, and words from the name of a test in it. */
const PROOF = /\| `([\w/-]+)`: ([^|]+?) *\|$/;

const rowsOf = (document: string) =>
  readFileSync(document, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, file, words] = PROOF.exec(line) ?? [];
      return file && words ? [{ document, file, words }] : [];
    });

const rows = ['docs/threat-model.md', 'docs/owasp.md'].flatMap((document) => rowsOf(document));

describe('a proof that a document names', () => {
  it('is there for each risk of both lists, and each letter of STRIDE', () => {
    const owasp = readFileSync('docs/owasp.md', 'utf8');
    for (const list of ['API', 'LLM']) {
      const found = [...owasp.matchAll(new RegExp(`^\\| ${list}(\\d+) .* \\| \``, 'gm'))];
      expect(found.map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
    const threats = readFileSync('docs/threat-model.md', 'utf8');
    for (const letter of [
      'Spoofing',
      'Tampering',
      'Repudiation',
      'Information disclosure',
      'Denial of service',
      'Elevation of privilege',
    ]) {
      expect(threats).toMatch(new RegExp(`^\\| ${letter} +\\|.* \\| \``, 'm'));
    }
  });

  it.each(rows)('is a test: $file, $words', ({ file, words }) => {
    const path = file.startsWith('test/') ? `${file}.e2e-spec.ts` : `${file}.spec.ts`;
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(readFileSync(path, 'utf8')).toContain(words);
  });
});
