import { execFileSync } from 'node:child_process';
import { constants, getPriority } from 'node:os';
import { resolve } from 'node:path';

describe('a command that takes long', () => {
  it('leaves the processor to the service', () => {
    const module = resolve(import.meta.dirname, 'give-way.ts');
    const script = `
      import { getPriority } from 'node:os';
      import { giveWay } from ${JSON.stringify(module)};
      giveWay();
      console.log(getPriority());`;
    const priority = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(Number(priority)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
    expect(getPriority()).toBeLessThan(Number(priority));
  });
});
