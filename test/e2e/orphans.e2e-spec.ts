import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../libs/mcp/src/testing/mcp-target.factory.ts';
import { aUser, say } from './client.ts';
import { freshStorage, startGateway } from './gateway.ts';
import { aHostileProfile, aProfilesDir } from './profiles.ts';

/** How often the gateway is killed: `npm run orphans` does it a hundred times. */
const KILLS = Number(process.env.KILLS ?? 3);
/** A server, a child of its own, and one that has left for another session; for each of two people. */
const STARTED_BY_KILL = 6;

describe('a gateway that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orphans-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    `leaves no child process behind, ${KILLS} times`,
    async () => {
      const storage = await freshStorage();
      const counts = { before: 0, after: 0 };
      let longestMs = 0;
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const file = join(folder, String(kill));
        const profiles = aProfilesDir({ 'clings.json': aHostileProfile('clings', 20, file) });
        const gateway = await startGateway({
          environment: { ...storage, PROFILES_DIR: profiles },
        });
        const users = [await aUser(gateway), await aUser(gateway)];
        await Promise.all(users.map((user) => say(gateway, user, 'clings', 'hello')));
        const pids = () =>
          existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
        const alive = () => pids().filter(isAlive).length;
        await expect.poll(alive).toBe(STARTED_BY_KILL);
        counts.before += alive();
        const killedAt = performance.now();
        await gateway.kill('SIGKILL');
        await expect.poll(alive, { interval: 10 }).toBe(0);
        longestMs = Math.max(longestMs, performance.now() - killedAt);
        counts.after += alive();
        rmSync(profiles, { recursive: true });
      }
      expect(counts).toEqual({ before: KILLS * STARTED_BY_KILL, after: 0 });
      if (process.env.KILLS) {
        console.info(
          `${KILLS} kills: ${counts.before} processes before, ${counts.after} after; ` +
            `the last of a kill was gone after ${Math.ceil(longestMs)} ms at most`,
        );
      }
    },
    KILLS * 60_000,
  );
});
