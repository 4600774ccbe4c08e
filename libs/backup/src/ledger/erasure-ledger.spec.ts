import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLedgers } from '../restore/read-ledgers.js';
import { type ErasedAccount, erasureDigest, ErasureLedger } from './erasure-ledger.js';

describe('the file of the ledger', () => {
  const root = mkdtempSync(join(tmpdir(), 'ledger-'));
  let folder: string;
  let ledger: ErasureLedger;
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'one-'));
    ledger = new ErasureLedger(join(folder, 'erasures.ledger'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const entry = (id: string): ErasedAccount => {
    return { digest: erasureDigest(id), erasedAt: '2026-11-28T00:00:00.000Z' };
  };
  const kept = async (batches: AsyncIterable<readonly ErasedAccount[]>) => {
    const entries: ErasedAccount[] = [];
    for await (const batch of batches) entries.push(...batch);
    return entries;
  };

  it('counts as nothing where it is empty, and grows from there', async () => {
    writeFileSync(ledger.path, '');
    expect(await kept(ledger.read())).toEqual([]);
    await ledger.add([entry('ada')]);
    expect(await kept(ledger.read())).toEqual([entry('ada')]);
  });

  it('is refused where an operator names an empty one', async () => {
    writeFileSync(ledger.path, '');
    await expect(kept(readLedgers([ledger.path], []))).rejects.toMatchObject({
      code: 'backup_no_ledger',
    });
  });

  it('is created once by all that add to it at the same time, and leaves no draft', async () => {
    const entries = Array.from({ length: 20 }, (_, n) => entry(`account ${n}`));
    await Promise.all(entries.map((one) => new ErasureLedger(ledger.path).add([one])));
    const digests = (await kept(ledger.read())).map(({ digest }) => digest);
    expect(digests.toSorted()).toEqual(entries.map(({ digest }) => digest).toSorted());
    expect(readFileSync(ledger.path, 'utf8').match(/^#/gm)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['erasures.ledger']);
  });

  it('goes on after a line that was cut off', async () => {
    await ledger.add([entry('ada')]);
    appendFileSync(ledger.path, entry('grace').digest.slice(0, 20));
    await ledger.add([entry('grace')]);
    expect(await kept(ledger.read())).toEqual([entry('ada'), entry('grace')]);
  });
});
