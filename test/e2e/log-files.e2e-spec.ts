import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch as request } from 'undici';
import { call } from './client.ts';
import { freshStorage, type Gateway, linesOf, spawnGateway, startGateway } from './gateway.ts';

interface Line {
  readonly metadata: Readonly<Record<string, unknown>>;
}

const TOKEN = 'a-token-of-scrapers-7Qx2vN9cB4';
const dispatcher = new Agent({ connections: 20 });
const folder = mkdtempSync(join(tmpdir(), 'log-files-'));

afterAll(async () => {
  await dispatcher.close();
  rmSync(folder, { recursive: true, force: true });
});

const filesIn = (logs: string) => readdirSync(logs).toSorted();
/** Throws if a line is torn. */
const parse = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const linesIn = (logs: string) =>
  filesIn(logs).flatMap((file) => parse(readFileSync(join(logs, file), 'utf8')));
const eventsOf = (text: string, event: string) =>
  parse(text).filter(({ metadata }) => metadata.event === event);

async function answer(gateway: Gateway, count: number): Promise<void> {
  const one = async () => {
    const { status, body } = await request(`${gateway.url}/api/profiles`, { dispatcher });
    expect(status).toBe(401);
    await body?.cancel();
  };
  for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, one));
}

async function lost(gateway: Gateway, output: string): Promise<number> {
  const answered = await fetch(`${gateway.url}/metrics`, {
    headers: { Authorization: `Bearer ${TOKEN}` },
  });
  const text = await answered.text();
  const sample = new RegExp(`^gateway_log_lines_lost_total\\{output="${output}"\\} (\\d+)$`, 'm');
  return Number(sample.exec(text)?.[1] ?? 0);
}

describe('log files', () => {
  it('are the owner’s alone, begin anew when they are full, and the oldest ones go', async () => {
    const logs = join(folder, 'made', 'by-it');
    const gateway = await startGateway({
      environment: {
        LOG_FILE: join(logs, 'gateway.log'),
        LOG_FILE_SIZE: '20k',
        LOG_FILES_KEPT: '2',
      },
    });
    // Twenty files' worth.
    for (let round = 0; round < 10; round += 1) {
      await answer(gateway, 100);
      const answered = () => eventsOf(gateway.log(), 'http.request').length;
      await expect.poll(answered).toBe(100 * (round + 1));
    }
    await expect.poll(() => filesIn(logs).length).toBeLessThanOrEqual(3);
    expect(filesIn(logs).join()).not.toContain('.1.log');
    for (const file of filesIn(logs)) {
      expect(file).toMatch(/^gateway\.\d{4}-\d\d-\d\d-\d{4}\.\d+\.log$/);
      const { mode, size } = statSync(join(logs, file));
      expect((mode & 0o777).toString(8)).toBe('600');
      // A block is not divided between two files.
      expect(size).toBeLessThan(20_480 + 65_536);
    }
    expect((statSync(logs).mode & 0o777).toString(8)).toBe('700');
    expect(await gateway.stop()).toBe(0);
    // What is written to standard output is in the files, up to the last line.
    const [last] = parse(gateway.log()).slice(-1);
    expect(linesIn(logs)).toContainEqual(last);
  });

  it('have what was logged half a second before the process is killed', async () => {
    const logs = join(folder, 'killed');
    const gateway = await startGateway({
      environment: { LOG_FILE: join(logs, 'gateway.log'), LOG_STDOUT: 'false' },
    });
    await answer(gateway, 50);
    const answered = () =>
      linesIn(logs).filter(({ metadata }) => metadata.event === 'http.request').length;
    await expect.poll(answered, { timeout: 2_000 }).toBe(50);
    await gateway.kill();
    expect(answered()).toBe(50);
    expect(gateway.log()).toBe('');
  });

  it('that cannot be written stop the start with one line', async () => {
    writeFileSync(join(folder, 'file'), '');
    const environment = { NODE_ENV: 'test', ...(await freshStorage()) };
    for (const [variables, why] of [
      [{ LOG_FILE: join(folder, 'file', 'x.log') }, /LOG_FILE must name a file that .*\n$/],
      [{ LOG_FILE: `${folder}/` }, /LOG_FILE must name a file\n$/],
      [{ LOG_STDOUT: 'false' }, /LOG_STDOUT=false needs a LOG_FILE\n$/],
      [{ LOG_FILE_SIZE: '3' }, /LOG_FILE_SIZE must be a size from 10k .*\n$/],
    ] as const) {
      const child = spawnGateway({ ...environment, ...variables });
      const code = await new Promise((done) => child.process.once('close', done));
      expect([code, child.output().split('\n').length]).toEqual([1, 2]);
      expect(child.output()).toMatch(why);
    }
  });
});

describe('a full disk', () => {
  it('costs lines, which are counted, and neither the service nor memory', async () => {
    const logs = mkdtempSync(join(folder, 'full-'));
    const gateway = await startGateway({
      environment: { LOG_FILE: join(logs, 'gateway.log'), METRICS_TOKEN: TOKEN },
      // A disk of 4 MiB that only this process has. Without root it takes a namespace of users.
      under: [
        'unshare',
        ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
        '--mount',
        'sh',
        '-c',
        `mount -t tmpfs -o size=4m tmpfs ${logs} && exec "$@"`,
        'sh',
      ],
    });
    const disk = `/proc/${gateway.pid}/root${logs}`;
    const filler = join(disk, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(8_388_608))).toThrow(/ENOSPC/);
    await answer(gateway, 50);
    await expect.poll(() => eventsOf(gateway.log(), 'log.output_failed')).toHaveLength(1);
    const [failed] = eventsOf(gateway.log(), 'log.output_failed');
    expect(failed?.metadata).toMatchObject({ output: 'file', code: 'ENOSPC' });
    // More than what waits for the disk at most.
    for (let n = 0; n < 20 && (await lost(gateway, 'file')) === 0; n += 1) {
      await answer(gateway, 1_000);
    }
    expect(await lost(gateway, 'file')).toBeGreaterThan(0);
    expect((await call(gateway, '/health/ready')).status).toBe(200);

    rmSync(filler);
    await expect.poll(() => eventsOf(gateway.log(), 'log.output_recovered')).toHaveLength(1);
    const [recovered] = eventsOf(gateway.log(), 'log.output_recovered');
    expect(recovered?.metadata).toMatchObject({
      output: 'file',
      count: await lost(gateway, 'file'),
    });
    const { headers } = await call(gateway, '/api/profiles');
    await linesOf(gateway, headers);
    await expect.poll(() => JSON.stringify(linesIn(disk))).toContain(headers.get('x-request-id'));
  });

  it('of standard output stops nothing, and the file tells of it', async () => {
    const logs = join(folder, 'stdout');
    const gateway = await startGateway({
      environment: { LOG_FILE: join(logs, 'gateway.log'), METRICS_TOKEN: TOKEN },
      under: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'],
    });
    await answer(gateway, 50);
    const failures = () =>
      linesIn(logs).filter(({ metadata }) => metadata.event === 'log.output_failed');
    await expect.poll(failures).toHaveLength(1);
    expect(failures()[0]?.metadata).toMatchObject({ output: 'stdout', code: 'ENOSPC' });
    expect((await call(gateway, '/health/ready')).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
  });
});
