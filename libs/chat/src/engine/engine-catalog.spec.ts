import type { ModelCatalog } from '@app/models';
import { ChatError } from '../chat.error.js';
import type { Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import type { DirectEngine } from './direct.engine.js';
import type { PersonWords, Turn } from './engine.js';
import { EngineCatalog } from './engine-catalog.js';
import type { ModelEngine } from './model.engine.js';
import type { ProfilePrompts } from './profile-prompts.js';

const profile = {
  id: 'notes',
  name: 'Notes',
  engine: 'model',
  servers: [],
  allowedTools: {},
  allowedPrompts: { notes: ['plan'] },
} as unknown as Profile;

const words: PersonWords = {
  decisions: new Map(),
  answers: new Map([['0.1', { action: 'accept' }]]),
};

it.each([true, false])('a prompt waits for its connection, with a model: %s', async (hasModel) => {
  const say = vi
    .fn<ProfilePrompts['say']>()
    .mockRejectedValueOnce(ChatError.connectionRequired('c1'))
    .mockResolvedValue({ text: 'Plan the day.', isError: false });
  const answer = vi.fn<ModelEngine['answer']>().mockResolvedValue({});
  const text = vi.fn<AnswerWriter['text']>().mockResolvedValue(undefined);
  const models = { chain: () => (hasModel ? ['main'] : []) };
  const engines = new EngineCatalog(
    { asksModel: false } as DirectEngine,
    { asksModel: true, answer } as unknown as ModelEngine,
    models as unknown as ModelCatalog,
    { say } as unknown as ProfilePrompts,
  );
  const turn = { profile, message: '/plan' } as unknown as Turn;
  const writer = { text } as unknown as AnswerWriter;
  const { suspension } = await engines.of(profile, turn.message).answer(turn, writer);
  expect(suspension!.inputs).toMatchObject([{ question: { connectionId: 'c1' } }]);
  const { engine, state } = suspension!;
  expect(await engines.named(engine).resume(turn, writer, state, words)).toEqual({});
  const given = hasModel ? answer.mock.lastCall![0].message : text.mock.lastCall![0];
  expect(given).toMatch(/^Plan the day\./);
});
