import { SandboxTools } from '@app/mcp';
import { Logger } from '@nestjs/common';
import type { ProfileCatalog } from './profile-catalog.js';
import { SandboxCheck } from './sandbox-check.js';

const server = (name: string, sandbox?: object) => ({
  name,
  transport: 'stdio',
  command: 'node',
  ...(sandbox && { sandbox }),
});
const profiles = {
  all: [
    {
      id: 'assistant',
      servers: [
        server('free'),
        server('shut-in', { network: false, filesystem: 'read-only' }),
        server('limited', { memoryMegabytes: 900 }),
        { name: 'remote', transport: 'http', url: 'https://example.org/mcp' },
      ],
    },
  ],
} as unknown as ProfileCatalog;

describe('the start on a system that cannot confine servers', () => {
  it('says of each server that asks for it what is missing', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const tools = new SandboxTools({ folders: ['/nonexistent'] });
    await new SandboxCheck(profiles, tools).onApplicationBootstrap();
    const unconfined = (name: string, reason: RegExp) => [
      {
        event: 'chat.profile.unconfined',
        profileId: 'assistant',
        server: name,
        reason: expect.stringMatching(reason) as string,
      },
    ];
    expect(error.mock.calls).toEqual([
      unconfined('shut-in', /setpriv/),
      unconfined('limited', /prlimit/),
    ]);
  });
});
