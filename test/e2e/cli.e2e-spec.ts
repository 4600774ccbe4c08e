import { runCommand } from './command.ts';
import { freshStorage } from './gateway.ts';

let environment: Record<string, string>;
beforeAll(async () => {
  environment = await freshStorage();
});

const gateway = (...words: string[]) => runCommand({ environment }, ...words);
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('every command', { timeout: 60_000 }, () => {
  it('answers in words, or with one JSON document on standard output', async () => {
    const words = ['--network', '203.0.113.9/24', '--reason', 'stuffing'];
    const added = await gateway('blocks', 'add', ...words, '--json');
    expect([added.code, json(added.stdout)]).toEqual([
      0,
      expect.objectContaining({ network: '203.0.113.0/24', reason: 'stuffing', expiresAt: null }),
    ]);
    const listed = json((await gateway('blocks', 'list', '--json')).stdout);
    expect(listed.blocks).toEqual([json(added.stdout)]);
    const { stdout } = await gateway('blocks', 'list');
    expect(stdout).toMatch(
      /^[\da-f-]{36} {2}203\.0\.113\.0\/24 .* until it is removed {2}stuffing\n$/,
    );
  });

  it('fails with a code on standard error: 1 for a failure, 2 for misuse', async () => {
    const id = '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d';
    const unknown = await gateway('blocks', 'remove', id, '--json');
    expect([unknown.code, unknown.stdout, json(unknown.stderr.trim().split('\n').at(-1)!)]).toEqual(
      [1, '', { error: { code: 'block_not_found', message: 'There is no such block.' } }],
    );
    const misused = await gateway('blocks', 'remove', 'S3cr3t', '--json');
    expect([misused.code, misused.stdout, misused.stderr.includes('S3cr3t')]).toEqual([
      2,
      '',
      false,
    ]);
    expect(json(misused.stderr)).toMatchObject({ error: { code: 'usage' } });
  });

  it('has help, which is no failure and needs no configuration', async () => {
    const bare = { environment: { JWT_SECRET: 'short' } };
    for (const words of [['--help'], ['blocks', '--help'], ['blocks', 'add', '--help']]) {
      const { code, stdout, stderr } = await runCommand(bare, ...words);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: npm run gateway -- .*blocks add/s);
    }
    const { code, stdout } = await runCommand(bare, 'completion', 'bash');
    expect([code, stdout]).toEqual([0, expect.stringContaining('complete -o default -F _gateway')]);
  });
});
