import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAlive } from '../testing/mcp-target.factory.js';

/** A process that starts a stubborn child and exits without closing anything. Node runs the TypeScript as it is. */
const parent = `
  import { spawn } from 'node:child_process';
  import { guardProcessGroup } from '${new URL('process-group.ts', import.meta.url).href}';
  const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000)'],
    { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  guardProcessGroup(child, { watch: () => undefined, ended: () => undefined }, '');
  process.stdout.write(String(child.pid) + '\\n', () => process.exit(1));
`;

describe('guardProcessGroup', () => {
  it('takes the child along when this process exits without an orderly shutdown', async () => {
    const process = spawn(globalThis.process.execPath, ['--input-type=module', '-e', parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(process.stdout, 'data')) as [Buffer];
    const pid = Number(printed);
    expect(pid).toBeGreaterThan(0);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 2000);
  });
});
