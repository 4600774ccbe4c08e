import {
  fails,
  type ModelServer,
  startModelServer,
} from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type User } from './client.ts';
import { aSecret, type Gateway, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface Conversation {
  conversationId: string;
  title: string;
}

/** What one answer of the model has, and what it uses in and out. */
const OUTPUT_TOKENS = 3;
const TOKENS = 15;

let gateway: Gateway;
let model: ModelServer;
let user: User;
beforeAll(async () => {
  model = await startModelServer(says('I see.'));
  const profile = (id: string, titles: boolean) =>
    aProfile(id, { engine: 'model', model: { name: 'main', titles } });
  gateway = await startGateway({
    environment: {
      MODELS_DIR: aModelsDir(aModelFile('main', model.url)),
      PROFILES_DIR: aProfilesDir({
        'titling.json': profile('titling', true),
        'plain.json': profile('plain', false),
        'sparing.json': {
          ...profile('sparing', true),
          limits: { seconds: 20, resultBytes: 65_536, tokensPerDay: TOKENS },
        },
      }),
      [MODEL_KEY]: aSecret(),
    },
  });
});
beforeEach(async () => {
  user = await aUser(gateway);
  model.asked.length = 0;
});
afterAll(() => model.close());

const titles = async () =>
  (
    await call<{ conversations: Conversation[] }>(gateway, '/api/chat/conversations', {
      token: user.token,
    })
  ).data.conversations.map(({ title }) => title);
const begin = (text: string, profile = 'titling') => say(gateway, user, profile, text);
const tokensToday = async () =>
  (
    await call<{ models: { today: { outputTokens: number } } }>(gateway, '/api/me/usage', {
      token: user.token,
    })
  ).data.models.today.outputTokens;

describe('the title of a conversation', () => {
  it('is the beginning of the first message, and then what the model says after its answer', async () => {
    model.answer(says('You need milk.'), says('"Milk for tomorrow."'), says('Bread, too.'));
    const { data } = await begin('remind me of milk');
    expect(data.response).toBe('You need milk.');
    await expect.poll(titles).toEqual(['Milk for tomorrow']);
    const [, asked] = model.asked.map(({ body }) => JSON.stringify(body));
    expect(asked).toContain('remind me of milk');
    expect(asked).toContain('You need milk.');
    expect(model.asked[1]!.body).not.toHaveProperty('tools');
    await say(gateway, user, 'titling', 'and bread', data.conversationId);
    expect(model.asked).toHaveLength(3);
    expect(await titles()).toEqual(['Milk for tomorrow']);
  });

  it('is counted as what the assistant has used', async () => {
    model.answer(says('Yes.'), says('A title of some words'));
    await begin('first');
    await expect.poll(titles).toEqual(['A title of some words']);
    expect(await tokensToday()).toBe(2 * OUTPUT_TOKENS);
  });

  it('from the person is never replaced, and no answer waits for one from the model', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    model.answer(says('Yes.'), (response, request) => {
      void held.then(() => says('A late title')(response, request));
    });
    const { data } = await begin('a question');
    expect(data.response).toBe('Yes.');
    await expect.poll(() => model.asked.length).toBe(2);
    await call(gateway, `/api/chat/conversations/${data.conversationId}`, {
      method: 'PATCH',
      token: user.token,
      body: { title: 'My own' },
    });
    release();
    model.answer(says('Yes.'), says('In time'));
    await begin('another question');
    await expect.poll(titles).toEqual(['In time', 'My own']);
  });

  it('stays what it is when the model fails, or says nothing', async () => {
    model.answer(says('Yes.'), fails(400));
    await begin('one');
    await expect.poll(() => gateway.log()).toContain('chat.title.failed');
    model.answer(says('Yes.'), says('"'), says('Yes.'));
    await begin('two');
    await expect.poll(() => model.asked.length).toBe(4);
    expect(await titles()).toEqual(['two', 'one']);
  });

  it('is asked for by no command, by no assistant that does not want it, and not behind the limit of a day', async () => {
    model.answer(says('Yes.'));
    await begin('/help');
    await begin('a question', 'plain');
    await begin('the last one', 'sparing');
    await begin('a question');
    await expect.poll(titles).toEqual(['Yes', 'the last one', 'a question', '/help']);
    expect(model.asked).toHaveLength(4);
  });
});
