import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md'], { cwd: ROOT });

/** Without fenced blocks: what stands in them is no link and no heading. */
const read = (path: string) =>
  readFileSync(join(ROOT, path), 'utf8').replace(/^```[^]*?^```$/gm, '');

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

describe('the documents', () => {
  it('are found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md']));
  });

  it.each(documents)('%s links to files and headings that exist', (document) => {
    for (const [, link] of read(document).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      const [path, anchor] = link!.split('#');
      const target = path ? join(dirname(document), path) : document;
      expect(existsSync(join(ROOT, target)), `${document} → ${link}`).toBe(true);
      if (anchor && target.endsWith('.md')) {
        expect(anchorsOf(relative('.', target)), `${document} → ${link}`).toContain(anchor);
      }
    }
  });
});
