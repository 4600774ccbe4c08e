import type { McpAnswer } from '@app/mcp';
import { ChatError } from '../chat.error.js';
import type { Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import { ConnectingEngine } from './connecting.engine.js';
import type { AnswerEnd, Engine, PersonWords, Turn } from './engine.js';

const turn = { profile: { name: 'Notes', servers: [] } as unknown as Profile } as Turn;
const writer = {} as AnswerWriter;

/** As the words are read from the database: what was entered is there the first time only. */
const words = (...answers: [string, McpAnswer][]): PersonWords => ({
  decisions: new Map(),
  answers: new Map(answers),
});

/** Fails as long as the server is not connected. */
function anEngine(failures: number) {
  const resume = vi.fn<Engine['resume']>();
  for (let n = 0; n < failures; n += 1) {
    resume.mockRejectedValueOnce(ChatError.connectionRequired('c1'));
  }
  resume.mockResolvedValue({});
  const inner = { resume } as unknown as Engine;
  return { engine: new ConnectingEngine('direct', inner), resume };
}

/** As it comes from the database. */
const stateOf = ({ suspension }: AnswerEnd): unknown =>
  JSON.parse(JSON.stringify(suspension!.state));

const CONNECTED: McpAnswer = { action: 'accept' };

describe('an answer that waits for a connection', () => {
  it('goes on with the form that was answered before', async () => {
    const { engine, resume } = anEngine(2);
    const form: McpAnswer = { action: 'accept', content: { seats: 2 } };
    const state = { tool: 'book', asked: 'kept' };
    const first = await engine.resume(turn, writer, state, words(['1.1', form]));
    const later = words(['1.1', { action: 'accept' }], ['0.1', CONNECTED]);
    const second = await engine.resume(turn, writer, stateOf(first), later);
    const last = words(['1.1', { action: 'accept' }], ['0.1', CONNECTED], ['0.2', CONNECTED]);
    expect(await engine.resume(turn, writer, stateOf(second), last)).toEqual({});
    const [, , given, { answers }] = resume.mock.lastCall!;
    expect([given, answers.get('1.1')]).toEqual([state, form]);
  });

  it('does not wait for ever for a server that wants more each time', async () => {
    const { engine } = anEngine(20);
    let end: AnswerEnd = await engine.resume(turn, writer, {}, words());
    const again = async () => {
      for (let n = 1; n < 20; n += 1) {
        end = await engine.resume(turn, writer, stateOf(end), words([`0.${n}`, CONNECTED]));
      }
    };
    await expect(again()).rejects.toMatchObject({ code: 'connection_required' });
  });
});
