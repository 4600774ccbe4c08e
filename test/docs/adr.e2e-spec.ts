import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../docs/adr');
const files = readdirSync(FOLDER).filter((name) => name !== 'README.md');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** A line of the index, without what aligns the table. */
const rows = read('README.md')
  .split('\n')
  .filter((line) => line.startsWith('| ['))
  .map((line) => line.replace(/ +/g, ' '));

describe('the decision records', () => {
  it('are numbered from 0001 without a gap', () => {
    const numbers = files.map((name) => name.slice(0, 4)).toSorted();
    expect(numbers.length).toBeGreaterThanOrEqual(60);
    expect(numbers).toEqual(numbers.map((_, index) => String(index + 1).padStart(4, '0')));
  });

  it.each(files)('%s has a title, a status, a date, context, decision and consequences', (name) => {
    const text = read(name);
    expect(text).toMatch(new RegExp(`^# ${name.slice(0, 4)}\\. .+\n\n- Status: `));
    expect(text).toMatch(
      /^- Status: (accepted|superseded by \[ADR \d{4}\]\(.+\.md\))\n- Date: \d{4}-\d\d-\d\d$/m,
    );
    const [, context, decision, consequences] =
      /\n## Context\n\n([^]+)\n## Decision\n\n([^]+)\n## Consequences\n\n([^]+)$/.exec(text) ?? [];
    for (const section of [context, decision, consequences]) {
      expect(section!.trim().length).toBeGreaterThan(20);
    }
  });

  it('are listed in the index with title, status and date', () => {
    const expected = files.toSorted().map((name) => {
      const text = read(name);
      const [, title] = /^# \d{4}\. (.+)$/m.exec(text)!;
      const [, status] = /^- Status: (.+)$/m.exec(text)!;
      const [, date] = /^- Date: (.+)$/m.exec(text)!;
      return `| [${name.slice(0, 4)}](${name}) | ${title} | ${status} | ${date} |`;
    });
    expect(rows).toEqual(expected);
  });

  it('name a record that exists where one is superseded', () => {
    for (const name of files) {
      for (const [, target] of read(name).matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)) {
        expect(files, `${name} → ${target}`).toContain(target);
      }
    }
  });
});
