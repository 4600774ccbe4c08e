import {
  fails,
  type ModelServer,
  startModelServer,
} from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, type Gateway, startGateway } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aRoleHolder } from './auth/role-holder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Model {
  readonly id: string;
  readonly state: string;
  readonly isOff: boolean;
  readonly reachedAt: string | null;
  readonly failure: { readonly code: string } | null;
}

describe('the language models, as administrators see them', () => {
  const key = aSecret();
  let server: ModelServer;
  let gateway: Gateway;
  let admin: User;
  let user: User;

  beforeAll(async () => {
    server = await startModelServer(says('Hello.'));
    const thinking = { engine: 'model', model: { name: 'first', fallbacks: ['second'] } };
    gateway = await startGateway({
      environment: {
        MODELS_DIR: aModelsDir(
          aModelFile('first', server.url, { model: 'first-model' }),
          aModelFile('second', server.url, { default: true, provider: 'openai' }),
          aModelFile('third', server.url, { active: false }),
        ),
        [MODEL_KEY]: key,
        PROFILES_DIR: aProfilesDir({
          'thinking.json': aProfile('thinking', thinking),
          'usual.json': aProfile('usual', { engine: 'model' }),
        }),
      },
    });
    admin = await aRoleHolder(gateway, 'admin');
    user = await aUser(gateway);
  });
  afterAll(() => server?.close());

  const list = ({ token }: Pick<User, 'token'> = admin) =>
    call<Model[]>(gateway, '/api/admin/models', { token });
  const modelOf = async (id: string) => (await list()).data.find((one) => one.id === id)!;

  it('are listed with the assistants that use them, also those that are not active', async () => {
    const { host } = new URL(server.url);
    const unused = { state: 'unused', reachedAt: null, failure: null };
    const common = { host, isActive: true, isDiscovered: false, isOff: false, ...unused };
    const provider = 'openai-compatible';
    expect((await list()).data).toEqual([
      {
        id: 'first',
        provider,
        model: 'first-model',
        isDefault: false,
        profiles: ['thinking'],
        ...common,
      },
      {
        id: 'second',
        provider: 'openai',
        model: 'test-model',
        isDefault: true,
        // The shipped assistants use the default one as well.
        profiles: expect.arrayContaining(['thinking', 'usual']) as string[],
        ...common,
      },
      {
        id: 'third',
        provider,
        model: 'test-model',
        isDefault: false,
        profiles: [],
        ...common,
        isActive: false,
        host: null,
      },
    ]);
  });

  it('tell whether they were reached, and why not', async () => {
    await say(gateway, user, 'thinking', 'Hello');
    const reached = await modelOf('first');
    expect(reached).toMatchObject({ state: 'ok', failure: null });
    expect(Date.parse(reached.reachedAt!)).toBeGreaterThan(Date.now() - 60_000);
    server.answer(fails(401, { error: { code: 'invalid_api_key', message: key } }));
    await say(gateway, user, 'thinking', 'Hello again');
    expect(await modelOf('first')).toMatchObject({
      state: 'failing',
      reachedAt: reached.reachedAt,
      failure: { code: 'model_refused' },
    });
    server.answer(says('Hello.'));
    await say(gateway, user, 'thinking', 'And again');
    expect(await modelOf('first')).toMatchObject({ state: 'ok', failure: null });
  });

  it('show no key, to administrators only, and what is switched off', async () => {
    const auditor = await aRoleHolder(gateway, 'auditor');
    expect([(await list(auditor)).status, (await list(user)).status]).toEqual([403, 403]);
    const words = ['switches', 'off', 'model', 'first', '--reason', 'makes no sense'];
    expect((await runCommand(gateway, ...words)).code).toBe(0);
    await expect.poll(async () => (await modelOf('first')).isOff, { timeout: 10_000 }).toBe(true);
    const { stdout } = await runCommand(gateway, 'models', 'list', '--json');
    const models = (JSON.parse(stdout) as { models: Model[] }).models;
    expect(models.map(({ id, isOff }) => [id, isOff])).toEqual([
      ['first', true],
      ['second', false],
      ['third', false],
    ]);
    for (const answer of [(await list()).text, stdout]) expect(answer).not.toContain(key);
  });
});
