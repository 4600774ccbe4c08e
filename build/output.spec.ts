import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { asciiOnly } from './ascii-only.ts';
import { httpWithoutFetch } from './http-without-fetch.ts';

describe('what is bundled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The output of a module, and what it prints. */
  async function bundled(source: string): Promise<{ code: string; printed: unknown }> {
    const [input, file] = [join(folder, 'input.mjs'), join(folder, 'output.mjs')];
    writeFileSync(input, source);
    const bundle = await rolldown({
      input,
      platform: 'node',
      plugins: [httpWithoutFetch(), asciiOnly()],
    });
    await bundle.write({ file, format: 'esm' });
    await bundle.close();
    const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    return { code: readFileSync(file, 'utf8'), printed: JSON.parse(printed) };
  }

  it('is ASCII, and means the same', async () => {
    const { code, printed } = await bundled(
      'console.log(JSON.stringify(["é—😀", `ー${1}`, /[ー😀]/u.exec("a😀")[0], ["ä"].length]));',
    );
    expect(printed).toEqual(['é—😀', 'ー1', '😀', 1]);
    expect(code).not.toMatch(/[\u0080-\uffff]/);
  });

  it('has no raw text whose escapes would be taken as they are', async () => {
    await expect(bundled('console.log(String.raw`ä`);')).rejects.toThrow('String.raw');
  });

  it('serves HTTP without the fetch of Node', async () => {
    const { printed } = await bundled(
      `import http, { createServer } from 'node:http';
       import * as all from 'http';
       const hasFetch = process.moduleLoadList.some((name) => name.includes('undici'));
       console.log(JSON.stringify([typeof createServer, all.STATUS_CODES[404], typeof http.Agent, hasFetch]));`,
    );
    expect(printed).toEqual(['function', 'Not Found', 'function', false]);
  });
});
