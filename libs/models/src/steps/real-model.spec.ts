import { ModelCircuits } from '../resilience/model-circuits.js';
import { aModel, aStep } from '../testing/model.factory.js';
import { LanguageModels } from './language-models.js';
import type { ModelPart } from '../conversation/model-step.js';

/** A server that speaks chat completions, such as `http://127.0.0.1:11434`, and the name of a model there. */
const { TEST_MODEL_URL, TEST_MODEL_NAME } = process.env;

const skipped = TEST_MODEL_URL ? '' : ' (skipped: TEST_MODEL_URL names none)';

describe.skipIf(!TEST_MODEL_URL)(`a real model${skipped}`, () => {
  const models = new LanguageModels(new ModelCircuits());
  const timeouts = { connectMs: 5_000, firstTokenMs: 120_000, totalMs: 300_000 };
  const model = aModel(TEST_MODEL_URL!, { model: TEST_MODEL_NAME ?? 'llama3.2', timeouts });

  async function ask(step: Parameters<typeof aStep>[0]) {
    const parts: ModelPart[] = [];
    for await (const part of models.stream([model], aStep(step))) parts.push(part);
    return parts;
  }

  it('says something', { timeout: 300_000 }, async () => {
    const parts = await ask({ messages: [{ role: 'user', text: 'Say hello.' }] });
    expect(parts.filter(({ type }) => type === 'text').length).toBeGreaterThan(0);
    expect(parts.at(-1)).toMatchObject({ type: 'finish' });
  });

  it('calls a tool where it is told to', { timeout: 300_000 }, async () => {
    const parts = await ask({
      messages: [{ role: 'user', text: 'Note that I need milk. Use the tool add_note.' }],
      tools: [
        {
          name: 'add_note',
          description: 'Adds a note.',
          inputSchema: {
            type: 'object',
            properties: { text: { type: 'string' } },
            required: ['text'],
          },
        },
      ],
    });
    expect(parts.some(({ type }) => type === 'call')).toBe(true);
  });
});
