import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ModelCatalog } from '../catalog/model-catalog.js';
import type { Model } from '../catalog/model.js';
import { modelsConfig } from '../models.config.js';
import { createModelFetch } from '../transport/model-fetch.js';

/** A model server that developers run beside the gateway. */
export interface LocalServer {
  readonly name: string;
  readonly url: string;
}

const LOCAL_SERVERS: readonly LocalServer[] = [
  { name: 'Ollama', url: 'http://127.0.0.1:11434' },
  { name: 'LM Studio', url: 'http://127.0.0.1:1234' },
];

/** A server on this machine answers at once or is not there. Milliseconds. */
const ANSWER_MS = 300;

const MAX_LIST_BYTES = 1_048_576;

/** Models that are no use in a conversation. */
const NO_CHAT = /embed|rerank|whisper|bge-|minilm/i;

/** What a local server gives a model unless it is told otherwise. Tokens. */
const CONTEXT_WINDOW = 4_096;
const MAX_OUTPUT_TOKENS = 1_024;

/** A local model may have to be read from the disk first. Milliseconds. */
const LOCAL_TIMEOUTS = { connectMs: 1_000, firstTokenMs: 120_000, totalMs: 300_000 };

/** Where no model is configured in development: looks for one that runs on this machine, once. */
@Injectable()
export class ModelDiscovery {
  private readonly log = new Logger('Models');

  constructor(
    private readonly catalog: ModelCatalog,
    @Inject(modelsConfig.KEY) private readonly config: ConfigType<typeof modelsConfig>,
  ) {}

  /** In words for the start message, the model that answers; undefined where there is none. Never throws. */
  async look(servers = LOCAL_SERVERS): Promise<string | undefined> {
    const configured = this.catalog.find('default');
    if (configured) return `${configured.id} (${configured.model})`;
    if (!this.config.discovers) return undefined;
    const found = await Promise.all(servers.map((server) => firstModel(server)));
    const index = found.findIndex((model) => model !== undefined);
    if (index < 0) return undefined;
    const [server, model] = [servers[index]!, found[index]!];
    this.catalog.add(localModel(server, model));
    this.log.log({ event: 'model.discovered', model, server: server.name });
    return `${model} (${server.name} at ${server.url})`;
  }
}

async function firstModel({ url }: LocalServer): Promise<string | undefined> {
  const fetch = createModelFetch({
    connectMs: ANSWER_MS,
    maxBytes: MAX_LIST_BYTES,
    mediaType: 'application/json',
  });
  try {
    const answer = await fetch(`${url}/v1/models`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { data } = (await answer.json()) as { data: { id: string }[] };
    const names = data.map(({ id }) => id).filter((id) => typeof id === 'string');
    return names.find((id) => /^[\w.:/@-]{1,200}$/.test(id) && !NO_CHAT.test(id));
  } catch {
    // Not there, or something else: then there is no model.
    return undefined;
  }
}

function localModel({ url }: LocalServer, model: string): Model {
  return {
    id: 'discovered',
    provider: 'openai-compatible',
    model,
    baseUrl: `${url}/v1`,
    contextWindow: CONTEXT_WINDOW,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    price: undefined,
    timeouts: LOCAL_TIMEOUTS,
    retries: 1,
    isDefault: true,
    isDiscovered: true,
    apiKey: () => undefined,
  };
}
