import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentFile } from './development-file.js';

describe('a file of a development machine', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'development-'));
    path = join(folder, 'data', 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, and kept', () => {
    expect(developmentFile(path, () => 'first')).toBe('first');
    expect(developmentFile(path, () => 'second')).toBe('first');
    expect(readdirSync(join(folder, 'data'))).toEqual(['secret']);
  });

  it('is for the eyes of its owner, as is its folder', () => {
    developmentFile(path, () => 'secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('is that of the process that was faster', () => {
    path = join(folder, 'secret');
    const make = () => {
      writeFileSync(path, 'of another process');
      return 'ours';
    };
    expect(developmentFile(path, make)).toBe('of another process');
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('is none where no folder can be', () => {
    writeFileSync(join(folder, 'data'), '');
    expect(() => developmentFile(path, () => 'secret')).toThrow('EEXIST');
  });
});
