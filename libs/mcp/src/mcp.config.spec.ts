import { isAbsolute } from 'node:path';
import { mcpConfig } from './mcp.config.js';

describe('mcpConfig', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('has defaults', () => {
    for (const name of ['DATA_DIR', 'MCP_IDLE_SECONDS', 'MCP_MAX_CONNECTIONS']) {
      vi.stubEnv(name, undefined);
    }
    const config = mcpConfig();
    expect(config).toMatchObject({ idleSeconds: 300, maxConnections: 200, maxProcesses: 50 });
    expect(isAbsolute(config.dataDir)).toBe(true);
  });

  it('holds the secrets for MCP servers and no other variable', () => {
    vi.stubEnv('MCP_SECRET_A', 'a');
    vi.stubEnv('MCP_SECRET_EMPTY', '');
    vi.stubEnv('JWT_SECRET', 'b');
    expect([...mcpConfig().secrets]).toEqual([['MCP_SECRET_A', 'a']]);
  });

  it.each([
    ['production', false],
    ['', false],
    ['development', true],
  ])('in the mode "%s" reaches servers on this machine unlisted: %s', (mode, allowsLoopback) => {
    vi.stubEnv('NODE_ENV', mode);
    expect(mcpConfig()).toMatchObject({ allowsLoopback });
  });

  it('refuses nonsense', () => {
    vi.stubEnv('MCP_MAX_CONNECTIONS', '0');
    expect(() => mcpConfig()).toThrow(/MCP_MAX_CONNECTIONS/);
  });
});
