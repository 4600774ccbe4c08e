import { Logger } from '@nestjs/common';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ModelCatalog } from '../catalog/model-catalog.js';
import { modelsConfig } from '../models.config.js';
import { ModelDiscovery } from './model-discovery.js';

describe('a gateway without a model', () => {
  const inherited = process.env;
  const servers: Server[] = [];

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => void (process.env = { NODE_ENV: 'development' }));
  afterEach(async () => {
    process.env = inherited;
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** A server that answers so; without an answer, one that takes a connection and says nothing. */
  async function local(name: string, answer?: string): Promise<{ name: string; url: string }> {
    const server = createServer((_request, response) => {
      if (answer !== undefined) response.setHeader('content-type', 'application/json').end(answer);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  const listing = (...ids: string[]) =>
    JSON.stringify({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });

  async function look(...found: { name: string; url: string }[]) {
    const config = modelsConfig();
    const catalog = new ModelCatalog(config);
    const words = await new ModelDiscovery(catalog, config).look(found);
    return { words, model: catalog.find('default') };
  }

  it('uses the first that runs on this machine, and names it', async () => {
    const ollama = await local('Ollama', listing('nomic-embed-text:latest', 'llama3.2:3b'));
    const { words, model } = await look({ name: 'Away', url: 'http://127.0.0.1:1' }, ollama);
    expect(words).toBe(`llama3.2:3b (Ollama at ${ollama.url})`);
    expect(model).toMatchObject({ id: 'discovered', baseUrl: `${ollama.url}/v1` });
  });

  it('does not wait for what does not answer', async () => {
    const began = performance.now();
    const { words, model } = await look(await local('Silent'));
    expect([words, model]).toEqual([undefined, undefined]);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    ['{"data":[]}'],
    ['{"data":[{"id":"nomic-embed-text"}]}'],
    ['{"data":[{"id":7}]}'],
    ['{"data":[{"id":"a\\nb"}]}'],
    ['{}'],
    ['<html>'],
    [`{"data":[{"id":"${'x'.repeat(2_000_000)}"}]}`],
  ])('takes nothing from a server that says %.40s', async (answer) => {
    expect((await look(await local('Other', answer))).words).toBeUndefined();
  });

  it.each([
    ['MODEL_DISCOVERY is off', { NODE_ENV: 'development', MODEL_DISCOVERY: 'off' }],
    ['it runs in production', { NODE_ENV: 'production' }],
    ['it runs in production, whatever is asked', { NODE_ENV: 'production', MODEL_DISCOVERY: 'on' }],
  ])('looks for none where %s', async (_, environment) => {
    const ollama = await local('Ollama', listing('llama3.2:3b'));
    process.env = environment;
    expect((await look(ollama)).words).toBeUndefined();
  });
});
