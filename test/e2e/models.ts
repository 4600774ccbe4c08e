import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable that holds the key of the models of a test. */
export const MODEL_KEY = 'MODEL_KEY_TEST';

/** A valid model with short times, changed where a test wants it to be. */
export function aModelFile(id: string, url: string, changes: Record<string, unknown> = {}): object {
  return {
    id,
    provider: 'openai-compatible',
    model: 'test-model',
    baseUrl: `${url}/v1`,
    apiKey: `{env:${MODEL_KEY}}`,
    contextWindow: 8_192,
    maxOutputTokens: 1_024,
    price: { currency: 'USD', input: 2, output: 10 },
    timeouts: { connectMs: 2_000, firstTokenMs: 5_000, totalMs: 20_000 },
    retries: 0,
    active: true,
    ...changes,
  };
}

/** A folder with the files of models. */
export function aModelsDir(...models: object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-models-'));
  for (const model of models) {
    const { id } = model as { id: string };
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(model));
  }
  return folder;
}
