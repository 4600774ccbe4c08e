import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { matches } from './advisories.ts';
import type { Finding } from './finding.ts';
import { licenceFindings } from './licences.ts';
import { type LockedPackage, readLock } from './lock.ts';
import { runTool } from './run-tool.ts';

const aPackage = (other: Partial<LockedPackage> = {}): LockedPackage => ({
  name: 'left-pad',
  version: '1.2.3',
  licence: 'MIT',
  isForDevelopment: false,
  ...other,
});

describe('an advisory', () => {
  const advisory = {
    id: 'GHSA-xxxx-xxxx-xxxx',
    package: 'left-pad',
    vulnerable: '>=1.0.0 <1.3.0',
    severity: 'high',
    title: 'pads on the right',
  } as const;

  it('is a fault of each version in its range, and names it', () => {
    const [finding] = matches([aPackage()], [advisory]);
    expect(finding).toEqual({
      isFault: true,
      text: 'left-pad 1.2.3: high, pads on the right (GHSA-xxxx-xxxx-xxxx)',
    });
    expect(matches([aPackage({ version: '1.3.0-beta.1' })], [advisory])).toHaveLength(1);
  });

  it('is none of another version or package', () => {
    const others = [aPackage({ version: '1.3.0' }), aPackage({ name: 'right-pad' })];
    expect(matches(others, [advisory])).toEqual([]);
  });

  it('is a remark where it is less than high, or where the package only builds and tests', () => {
    const isFault = (one: LockedPackage, severity: 'high' | 'moderate') =>
      matches([one], [{ ...advisory, severity }])[0]?.isFault;
    expect(isFault(aPackage(), 'moderate')).toBe(false);
    expect(isFault(aPackage({ isForDevelopment: true }), 'high')).toBe(false);
  });
});

describe('a licence', () => {
  const isAllowed = (licence: string | undefined, isForDevelopment = false) =>
    licenceFindings([aPackage({ licence, isForDevelopment })]).length === 0;

  it.each(['MIT', '(MIT OR GPL-3.0-or-later)', '(MIT AND Zlib)', 'BSD-3-Clause'])(
    'may be %s',
    (licence) => expect(isAllowed(licence)).toBe(true),
  );

  it.each([
    'GPL-3.0-only',
    '(MIT AND GPL-3.0-only)',
    'SEE LICENSE IN LICENSE',
    'MPL-2.0',
    undefined,
  ])('may not be %s', (licence) => expect(isAllowed(licence)).toBe(false));

  it('may ask for more where the package only builds and tests', () => {
    expect(isAllowed('MPL-2.0', true)).toBe(true);
    expect(isAllowed('AGPL-3.0-only', true)).toBe(false);
  });
});

describe('the lockfile', () => {
  it('names packages inside of others by their own names', () => {
    const names = new Set(readLock().map(({ name }) => name));
    expect(names).toContain('@nestjs/core');
    expect([...names].filter((name) => name.includes('node_modules'))).toEqual([]);
  });
});

describe('the scan of', () => {
  const inFolder = async (file: string, text: string, scan: (folder: string) => unknown) => {
    const folder = mkdtempSync(join(tmpdir(), 'scan-'));
    writeFileSync(join(folder, file), text);
    try {
      return await scan(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('secrets finds a token', async () => {
    const token = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6'}`;
    const found = await inFolder('notes.txt', `token: ${token}\n`, (folder) =>
      runTool(
        resolve('node_modules/.bin/secretlint'),
        `--secretlintrc ${resolve('scan/secretlint.json')}`,
        [`${folder}/*`],
      ),
    );
    expect(found).toMatchObject([{ isFault: true }]);
  });

  it('code finds what backtracks, what runs a text, and random numbers that can be guessed', async () => {
    const code = `export const SLOW = /^(a+)+$/;
      export const run = (text) => eval(text);
      crypto.pseudoRandomBytes(1);`;
    const [finding] = (await inFolder('code.js', code, (folder) =>
      runTool(resolve('node_modules/.bin/oxlint'), `--config ${resolve('scan/oxlint.json')}`, [
        `${folder}/code.js`,
      ]),
    )) as Finding[];
    expect(finding?.isFault).toBe(true);
    for (const words of [/super-linear/, /eval/, /pseudoRandomBytes/]) {
      expect(finding?.text).toMatch(words);
    }
  });
});
