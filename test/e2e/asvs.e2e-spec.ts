import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const text = readFileSync('docs/asvs.md', 'utf8');
const lines = text.split('\n').filter((line) => /^\| *\d+\.\d+\.\d+/.test(line));
const rows = lines.map((line) => {
  const [id, level, asks, answer, proof, ...rest] = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  return { id: id!, level: level!, asks: asks!, answer: answer!, proof: proof!, rest };
});

/** How many requirements of levels 1 and 2 each section has, counted from its first. */
const SECTIONS = {
  '6.1': [2, 3],
  '6.2': [2, 12],
  '6.3': [2, 4],
  '6.4': [2, 4],
  '6.5': [2, 5],
  '6.6': [2, 3],
  '6.8': [2, 4],
  '7.1': [2, 3],
  '7.2': [1, 4],
  '7.3': [2, 2],
  '7.4': [2, 5],
  '7.5': [2, 2],
  '7.6': [2, 2],
  '9.1': [1, 3],
  '9.2': [2, 4],
} as const;

const required = Object.entries(SECTIONS).flatMap(([section, [, count]]) =>
  Array.from({ length: count }, (_, n) => `${section}.${n + 1}`),
);

describe('docs/asvs.md', () => {
  it('has every requirement of these chapters at levels 1 and 2, each once', () => {
    const ids = rows.map(({ id }) => id);
    expect(required.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it.each(rows)('answers $id in full', ({ id, level, asks, answer, rest }) => {
    expect(rest).toEqual([]);
    expect([asks, answer]).not.toContain('');
    const section = id.slice(0, id.lastIndexOf('.')) as keyof typeof SECTIONS;
    const highest = SECTIONS[section]?.[0] ?? 2;
    expect(required.includes(id) ? Number(level) <= highest : /^[123]$/.test(level)).toBe(true);
  });

  it.each(rows)('proves $id, or says that it does not apply', ({ answer, proof }) => {
    if (!proof) {
      expect(answer).toMatch(/^does not apply: /);
      return;
    }
    const [, file, words] = /^`([\w/-]+)`: (.+)$/.exec(proof)!;
    const path = file!.startsWith('libs/') ? `${file}.spec.ts` : `test/${file}.e2e-spec.ts`;
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(titlesIn(path).filter((title) => title.includes(words!))).not.toEqual([]);
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
    const ways = text.slice(text.indexOf('## Ways in'), text.indexOf('Two calls open nothing'));
    const named = [...ways.matchAll(/`((?:POST|PUT) \/[\w/-]+)`/g)].map(([, route]) => route!);
    expect(named.toSorted()).toEqual(answering.toSorted());
  });
});

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
