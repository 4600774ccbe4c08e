import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ConfigurationError } from '@app/config';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { modelsConfig } from '../models.config.js';
import { ModelCatalog } from './model-catalog.js';

const SHIPPED = 'apps/gateway/models';
const KEY = 'sk-0123456789-secret';

const ONE = {
  id: 'one',
  provider: 'openai-compatible',
  model: 'llama',
  baseUrl: 'http://127.0.0.1:1/v1',
  contextWindow: 8_192,
  maxOutputTokens: 1_024,
  active: true,
};

describe('the models of a folder', () => {
  const inherited = process.env;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'models-'));
    process.env = { MODELS_DIR: folder };
  });
  afterEach(() => {
    process.env = inherited;
    rmSync(folder, { recursive: true });
  });

  const write = (...models: object[]) => {
    for (const model of models) {
      const { id } = model as { id: string };
      writeFileSync(join(folder, `${id}.json`), JSON.stringify(model));
    }
  };
  const read = () => new ModelCatalog(modelsConfig());
  const ids = () => read().all.map(({ id }) => id);

  it('are none where nothing is configured, and need no folder then', () => {
    process.env = {};
    expect(read().all).toEqual([]);
    process.env = { MODELS_DIR: join(folder, 'none') };
    expect(read).toThrow(/^Invalid configuration: MODELS_DIR names no folder: /);
  });

  it('that are shipped wait for their variables', () => {
    process.env = { MODELS_DIR: SHIPPED };
    expect(ids()).toEqual([]);
    const names = readdirSync(SHIPPED).flatMap((file) => [
      ...readFileSync(join(SHIPPED, file), 'utf8').matchAll(/\{env:(\w+)\}/g),
    ]);
    for (const [, name] of names) {
      process.env[name!] = name!.startsWith('MODEL_URL_') ? 'http://127.0.0.1:1/v1' : KEY;
    }
    expect(ids()).toEqual(['anthropic', 'google', 'ollama', 'openai']);
  });

  it('take their keys from the environment or a file, and show them nowhere', () => {
    const model = { ...ONE, apiKey: '{env:MODEL_KEY_ONE}' };
    write(model);
    process.env.MODEL_KEY_ONE = KEY;
    const [first] = read().all;
    expect(first!.apiKey()).toBe(KEY);
    expect(inspect(first, { depth: 9 }) + JSON.stringify(first)).not.toContain(KEY);
    delete process.env.MODEL_KEY_ONE;
    process.env.MODEL_KEY_ONE_FILE = join(folder, 'key');
    writeFileSync(process.env.MODEL_KEY_ONE_FILE, `${KEY}\n`);
    expect(read().all[0]!.apiKey()).toBe(KEY);
  });

  it('answer by their name, or as the default', () => {
    write(ONE, { ...ONE, id: 'two', default: true }, { ...ONE, id: 'off', active: false });
    const catalog = read();
    expect(catalog.find('default')?.id).toBe('two');
    expect(catalog.find('one')?.id).toBe('one');
    expect(catalog.find('off')).toBeUndefined();
    const chain = catalog.chain(['default', 'off', 'one', 'two']);
    expect(chain.map(({ id }) => id)).toEqual(['two', 'one']);
  });

  it('have a default also where none is marked: the first', () => {
    write({ ...ONE, id: 'b' }, { ...ONE, id: 'a' });
    expect(read().find('default')?.id).toBe('a');
  });

  it.each([
    [
      { provider: 'x', apiKey: '{env:MODEL_KEY_X}' },
      'provider must be equal to one of the allowed values: openai, anthropic',
    ],
    [{ apiKey: KEY }, 'apiKey must match pattern'],
    [{ apiKey: '{env:JWT_SECRET}' }, 'apiKey must match pattern'],
    [{ apiKey: '{env:MODEL_KEY_X}' }, 'apiKey names MODEL_KEY_X, which is not set'],
    [{ baseUrl: 'ftp://x' }, 'baseUrl must match pattern'],
    [{ baseUrl: `http://u:${KEY}@x` }, 'baseUrl must match pattern'],
    [{ baseUrl: '{env:MODEL_URL_BAD}' }, 'baseUrl names MODEL_URL_BAD, which is no address'],
    [{ baseUrl: undefined }, "the model must have required property 'baseUrl'"],
    [{ provider: 'openai' }, "the model must have required property 'apiKey'"],
    [{ maxOutputTokens: 5_000 }, 'maxOutputTokens is more than half of contextWindow'],
    [{ timeouts: { connectMs: 9_000, firstTokenMs: 8_000 } }, 'timeouts do not grow'],
    [{ price: { currency: 'USD', input: -1, output: 1 } }, 'price/input must be >= 0'],
    [{ surprise: 1 }, 'the model has an unknown field "surprise"'],
    [{ id: 'two' }, 'id "two" differs from the name of the file'],
    [{ id: 'default' }, 'id must match pattern'],
  ])('stop the start with one line where a file has %j', (given, reason) => {
    process.env.MODEL_URL_BAD = 'no address';
    writeFileSync(join(folder, 'one.json'), JSON.stringify({ ...ONE, ...given }));
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(new RegExp(`^Invalid model one\\.json: ${reason}`));
    expect(read).not.toThrow(KEY);
    expect(read).not.toThrow(/\n/);
  });

  it('stop the start where two are the default', () => {
    write({ ...ONE, default: true }, { ...ONE, id: 'two', default: true });
    expect(read).toThrow('Invalid model two.json: default is set by two models');
  });
});
