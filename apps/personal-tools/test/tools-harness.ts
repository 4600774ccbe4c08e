import { PersistenceModule } from '@app/persistence';
import { Client, type Transport } from '@modelcontextprotocol/client';
import { Test, type TestingModule } from '@nestjs/testing';
import { PersonalToolsModule, PersonalToolsServers } from '../src/index.js';
import { useDatabase } from './databases.js';

/** A module with the tools in it, as the gateway composes them. */
export async function startTools(url: string) {
  const database = useDatabase(url);
  const module: TestingModule = await Test.createTestingModule({
    imports: [await PersistenceModule.forRoot(), PersonalToolsModule],
  }).compile();
  module.useLogger(false);
  await module.init();
  return {
    module,
    connect: async (ownerId: string) =>
      connectClient(await module.get(PersonalToolsServers).connect(ownerId)),
    async stop() {
      await module.close();
      database.release();
    },
  };
}

export type Tools = Awaited<ReturnType<typeof startTools>>;

export async function connectClient(
  transport: Transport,
  mode: 'auto' | 'legacy' = 'auto',
): Promise<ToolUser> {
  const client = new Client({ name: 'spec', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return new ToolUser(client);
}

/** A client whose calls are one line each. */
export class ToolUser {
  constructor(readonly client: Client) {}

  /** The text of a call that has to succeed. */
  async ask(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const { text, isError } = await this.call(name, args);
    if (isError) throw new Error(`${name}: ${text}`);
    return text;
  }

  /** The text of a call that has to fail. */
  async refused(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const { text, isError } = await this.call(name, args);
    if (!isError) throw new Error(`${name} was not refused: ${text}`);
    return text;
  }

  private async call(name: string, args: Record<string, unknown>) {
    const result = await this.client.callTool({ name, arguments: args });
    const [content, ...others] = result.content;
    if (content?.type !== 'text' || others.length > 0)
      throw new Error('The answer is not one text.');
    return { text: content.text, isError: result.isError === true };
  }
}
