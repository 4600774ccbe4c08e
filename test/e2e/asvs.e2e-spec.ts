import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';

interface Row {
  readonly file: string;
  readonly id: string;
  readonly level: string;
  readonly asks: string;
  readonly answer: string;
  readonly proof: string;
  readonly rest: readonly string[];
}

/** A file for each chapter, such as `v06-authentication.md`. */
const files = globSync('docs/asvs/*.md').toSorted();
const rows = files.flatMap((file) => rowsOf(file));

function rowsOf(file: string): Row[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => /^\| *\d+\.\d+\.\d+/.test(line))
    .map((line) => {
      const [id, level, asks, answer, proof, ...rest] = cellsIn(line);
      return {
        file,
        id: id!,
        level: level!,
        asks: asks!,
        answer: answer!,
        proof: proof!,
        rest,
      };
    });
}

function cellsIn(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** How many requirements of level 1, 2 and 3 each section has. Its ids are in the order of the levels. */
const SECTIONS: Readonly<Record<string, readonly [number, number, number]>> = {
  '1.1': [0, 2, 0],
  '1.2': [5, 4, 1],
  '1.3': [2, 9, 1],
  '1.4': [0, 3, 0],
  '1.5': [1, 1, 1],
  '2.1': [1, 2, 0],
  '2.2': [2, 1, 0],
  '2.3': [1, 3, 1],
  '2.4': [0, 1, 1],
  '3.1': [0, 0, 1],
  '3.2': [2, 0, 1],
  '3.3': [1, 3, 1],
  '3.4': [2, 4, 2],
  '3.5': [3, 2, 3],
  '3.6': [0, 0, 1],
  '3.7': [0, 2, 3],
  '4.1': [1, 2, 2],
  '4.2': [0, 1, 4],
  '4.3': [0, 2, 0],
  '4.4': [1, 3, 0],
  '5.1': [0, 1, 0],
  '5.2': [2, 1, 3],
  '5.3': [2, 0, 1],
  '5.4': [0, 3, 0],
  '6.1': [1, 2, 0],
  '6.2': [8, 4, 0],
  '6.3': [2, 2, 4],
  '6.4': [2, 2, 2],
  '6.5': [0, 5, 3],
  '6.6': [0, 3, 1],
  '6.7': [0, 0, 2],
  '6.8': [0, 4, 0],
  '7.1': [0, 3, 0],
  '7.2': [4, 0, 0],
  '7.3': [0, 2, 0],
  '7.4': [2, 3, 0],
  '7.5': [0, 2, 1],
  '7.6': [0, 2, 0],
  '8.1': [1, 1, 2],
  '8.2': [2, 1, 1],
  '8.3': [1, 0, 2],
  '8.4': [0, 1, 1],
  '9.1': [3, 0, 0],
  '9.2': [1, 3, 0],
  '10.1': [0, 2, 0],
  '10.2': [0, 2, 1],
  '10.3': [0, 4, 1],
  '10.4': [5, 6, 5],
  '10.5': [0, 5, 0],
  '10.6': [0, 2, 0],
  '10.7': [0, 3, 0],
  '11.1': [0, 2, 2],
  '11.2': [0, 3, 2],
  '11.3': [2, 1, 2],
  '11.4': [1, 3, 0],
  '11.5': [0, 1, 1],
  '11.6': [0, 1, 1],
  '11.7': [0, 0, 2],
  '12.1': [1, 2, 2],
  '12.2': [2, 0, 0],
  '12.3': [0, 4, 1],
  '13.1': [0, 1, 3],
  '13.2': [0, 5, 1],
  '13.3': [0, 2, 2],
  '13.4': [1, 4, 2],
  '14.1': [0, 2, 0],
  '14.2': [1, 3, 4],
  '14.3': [1, 2, 0],
  '15.1': [1, 2, 2],
  '15.2': [1, 2, 2],
  '15.3': [1, 6, 0],
  '15.4': [0, 0, 4],
  '16.1': [0, 1, 0],
  '16.2': [0, 5, 0],
  '16.3': [0, 4, 0],
  '16.4': [0, 3, 0],
  '16.5': [0, 3, 1],
  '17.1': [0, 1, 1],
  '17.2': [0, 4, 4],
  '17.3': [0, 2, 0],
};

const levels: ReadonlyMap<string, string> = new Map(
  Object.entries(SECTIONS).flatMap(([section, counts]) =>
    counts
      .flatMap((count, at) => Array<string>(count).fill(String(at + 1)))
      .map((level, at) => [`${section}.${at + 1}`, level] as const),
  ),
);
const required = [...levels].filter(([, level]) => level !== '3').map(([id]) => id);

/** What the answer of a row amounts to: what is not as asked for stands in bold. */
function stateOf({ answer }: Row): 'applies not' | 'not met' | 'departs' | 'met' {
  if (answer.startsWith('does not apply: ')) return 'applies not';
  if (/\*\*not met/i.test(answer)) return 'not met';
  return answer.includes('**') ? 'departs' : 'met';
}

describe('docs/asvs', () => {
  it('has every requirement of levels 1 and 2, each once', () => {
    const ids = rows.map(({ id }) => id);
    expect(required.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it.each(rows)('answers $id in full', ({ file, id, level, asks, answer, rest }) => {
    expect(rest).toEqual([]);
    expect([asks, answer]).not.toContain('');
    expect([id, level]).toEqual([id, levels.get(id)]);
    const [, chapter] = /^v(\d\d)-/.exec(basename(file))!;
    expect(Number(id.split('.')[0])).toBe(Number(chapter));
  });

  it.each(rows)('proves $id, or says that it does not apply, or is not met', (row) => {
    const { answer, proof } = row;
    if (!proof) {
      expect(answer).toMatch(/^(does not apply: |\*\*Not met\*\*)/);
      return;
    }
    const [, file, words] = /^`([\w./-]+)`: (.+)$/.exec(proof)!;
    const path = /^(apps|libs|scan)\//.test(file!) ? `${file}.spec.ts` : `test/${file}.e2e-spec.ts`;
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(titlesIn(path).filter((title) => title.includes(words!))).not.toEqual([]);
  });

  it('counts in its index what each chapter amounts to', () => {
    const index = readFileSync('docs/asvs.md', 'utf8').split('\n');
    const counted = index.filter((line) => line.includes('](asvs/')).map((line) => cellsIn(line));
    const ofLevel2 = (file: string) =>
      rows.filter((row) => row.file === file && required.includes(row.id));
    expect(counted.map(([, ...cells]) => cells)).toEqual(
      files.map((file) => {
        const found = ofLevel2(file);
        const inState = (state: string) => found.filter((row) => stateOf(row) === state);
        const named = (state: string) =>
          inState(state)
            .map(({ id }) => id)
            .join(', ');
        return [
          String(found.length),
          String(inState('met').length),
          named('departs'),
          named('not met'),
          String(inState('applies not').length),
        ];
      }),
    );
    const linked = counted.map(([chapter]) => /\]\((asvs\/[\w.-]+)\)/.exec(chapter!)?.[1]);
    expect(linked).toEqual(files.map((file) => file.replace('docs/', '')));
  });

  it('names every call that answers with tokens as a way in, and no other', () => {
    const openapi = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { responses?: object }>>;
      components: { schemas: Record<string, object> };
    };
    const { paths, components } = openapi;
    const hasTokens = (schema: object): boolean => {
      const referred = JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g);
      return [...referred].some(
        ([, name]) => name === 'TokensView' || hasTokens(components.schemas[name!]!),
      );
    };
    const answering = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { responses }]) => responses && hasTokens(responses))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    const text = readFileSync('docs/asvs/v06-authentication.md', 'utf8');
    const ways = text.slice(text.indexOf('## Ways in'), text.indexOf('Two calls open nothing'));
    const named = [...ways.matchAll(/`((?:POST|PUT) \/[\w/-]+)`/g)].map(([, route]) => route!);
    expect(named.toSorted()).toEqual(answering.toSorted());
  });

  it('puts each table into one class of data', () => {
    const [, section] = readFileSync('docs/asvs/v14-data-protection.md', 'utf8').split(
      '## Classes',
    );
    const classified = section!
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((line) => [...(cellsIn(line)[2] ?? '').matchAll(/`([a-z_]+)`/g)])
      .map(([, table]) => table!);
    expect(classified.toSorted()).toEqual(tablesOfMigrations().toSorted());
  });

  it('names every cryptographic call of the code, and the libraries that make it', () => {
    const [, section] = readFileSync('docs/asvs/v11-cryptography.md', 'utf8').split(
      '## Algorithms',
    );
    const named = section!
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => cellsIn(line))
      .flatMap(([call, , , rooms]) =>
        rooms!.split(', ').map((room) => `${call!.slice(1, -1)} in ${room}`),
      );
    const sources = globSync('{apps,libs}/*/src/**/*.ts').filter(
      (path) => !path.endsWith('.spec.ts') && !path.includes('/testing/'),
    );
    const found = sources.flatMap((path) =>
      cryptographyIn(readFileSync(path, 'utf8')).map((call) => `${call} in ${path.split('/')[1]}`),
    );
    expect([...new Set(found)].toSorted()).toEqual(named.toSorted());
  });
});

/** The tables that are there after all migrations, and their own. */
function tablesOfMigrations(): string[] {
  const tables = new Set(['schema_migrations']);
  for (const path of globSync('libs/persistence/src/migrations/*.ts').toSorted()) {
    const statements = readFileSync(path, 'utf8').matchAll(
      /\b(?:create table (\w+)|drop table (\w+)|alter table (\w+) rename to (\w+))/g,
    );
    for (const [, created, dropped, from, to] of statements) {
      for (const gone of [dropped, from]) if (gone !== undefined) tables.delete(gone);
      for (const made of [created, to]) if (made !== undefined) tables.add(made);
    }
  }
  return [...tables];
}

/** What a source calls to hash, sign, encrypt or draw lots, as the inventory writes it. */
function cryptographyIn(source: string): string[] {
  const calls = source.matchAll(
    /\b(create(?:Hash|Hmac|Sign|Verify)|hkdf(?:Sync)?|scrypt(?:Sync)?|pbkdf2(?:Sync)?)\(([^,)]*)/g,
  );
  const words = source.matchAll(
    /\b(randomBytes|randomInt|randomFill|createSecureContext)\b|'(?:aes|chacha20|ed25519|ed448|x25519)[\w-]*'/g,
  );
  const packages = source.matchAll(
    /(?:from|import\()\s*'((?:@nestjs\/jwt|@simplewebauthn\/server|age-encryption|argon2|bcrypt|crypto-js|jose|jsonwebtoken|otplib|passport-jwt|sodium-native|tweetnacl))'/g,
  );
  return [
    ...[...calls].map(([, name, algorithm]) => `${name}(${algorithm})`),
    ...[...words].map(([word]) => word),
    ...[...packages].map(([, name]) => name!),
  ];
}

/** The names of the tests in a file, those of `each` with the texts of their tables; none of a test that is not run. */
function titlesIn(path: string): string[] {
  const titles: string[] = [];
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText(source);
      if (/\.(skip|todo|skipIf)\b/.test(callee)) return;
      if (/^(it|describe)\b/.test(callee)) titles.push(...textsOf(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

function textsOf({ expression, arguments: [title] }: ts.CallExpression): string[] {
  const table = ts.isCallExpression(expression) ? expression.arguments[0] : undefined;
  return [title, ...(table ? cellsOf(table) : [])]
    .filter((node) => node !== undefined && ts.isStringLiteralLike(node))
    .map((node) => (node as ts.StringLiteralLike).text);
}

function cellsOf(table: ts.Expression): ts.Expression[] {
  const list = ts.isAsExpression(table) ? table.expression : table;
  if (!ts.isArrayLiteralExpression(list)) return [];
  return list.elements.flatMap((row) =>
    ts.isArrayLiteralExpression(row) ? row.elements[0]! : row,
  );
}
