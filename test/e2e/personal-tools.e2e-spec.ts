import { spawn, type ChildProcess } from 'node:child_process';
import { aUser, say } from './client.ts';
import { aSecret, freePort, freshStorage, PROCESS_ENVIRONMENT, startGateway } from './gateway.ts';

describe('the personal tools as a process of their own', () => {
  let tools: ChildProcess | undefined;
  afterEach(() => void tools?.kill());

  it('serve the gateway over HTTP, each user their own', async () => {
    const storage = await freshStorage();
    const [token, port] = [aSecret(), String(await freePort())];
    const environment = { ...storage, PERSONAL_TOOLS_TOKEN: token };
    const start = () => {
      tools = spawn(process.execPath, ['dist/apps/personal-tools/src/main.js'], {
        env: { ...PROCESS_ENVIRONMENT, ...environment, PERSONAL_TOOLS_PORT: port },
        stdio: 'ignore',
      });
    };
    start();
    const url = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${url}/health`)).ok).toBe(true), {
      timeout: 60_000,
      interval: 50,
    });
    const gateway = await startGateway({
      environment: { ...environment, PERSONAL_TOOLS_URL: `${url}/mcp` },
    });
    const [one, other] = [await aUser(gateway), await aUser(gateway)];
    expect((await say(gateway, one, 'notes', 'kept elsewhere')).data.response).toMatch(/note 1/);
    expect((await say(gateway, one, 'notes', '/list_notes')).data.response).toMatch(/elsewhere/);
    expect((await say(gateway, other, 'notes', '/list_notes')).data.response).not.toMatch(
      /elsewhere/,
    );

    tools!.kill('SIGKILL');
    await expect
      .poll(async () => (await say(gateway, one, 'notes', '/list_notes')).body.error?.code)
      .toBe('assistant_unavailable');
    expect((await say(gateway, one, 'everything', 'others work on')).status).toBe(200);
    start();
    await expect
      .poll(async () => (await say(gateway, one, 'notes', '/list_notes')).status, {
        timeout: 40_000,
        interval: 250,
      })
      .toBe(200);
  }, 120_000);
});
