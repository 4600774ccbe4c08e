import { existsSync, readFileSync } from 'node:fs';

const rows = readFileSync('docs/mcp-security.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const found = /^\| (.+?) +\| .+ \| `([\w/-]+)`: (.+?) +\|$/.exec(line);
    return found ? [{ point: found[1]!, file: found[2]!, words: found[3]! }] : [];
  });

describe('docs/mcp-security.md', () => {
  it('has every point of the best practices, with a proof for each', () => {
    const text = readFileSync('docs/mcp-security.md', 'utf8');
    const lines = text.split('\n').filter((line) => /^\| (?!-|point|vulnerability)/.test(line));
    expect(rows).toHaveLength(lines.length);
    for (const point of [
      'Confused deputy',
      'Token passthrough',
      'SSRF',
      'Session hijacking',
      'Local server',
      'High-risk calls',
      'Scope minimization',
    ]) {
      expect(rows.filter((row) => row.point.startsWith(point))).not.toEqual([]);
    }
  });

  it.each(rows)('proves: $point', ({ file, words }) => {
    const path = file.startsWith('libs/') ? `${file}.spec.ts` : `${file}.e2e-spec.ts`;
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(readFileSync(path, 'utf8')).toContain(words);
  });
});
