import { ConfigurationError } from '@app/config';
import { personalToolsConfig } from './personal-tools.config.js';

describe('personalToolsConfig', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('listens on this machine only, unless told otherwise', () => {
    vi.stubEnv('PERSONAL_TOOLS_TOKEN', 'x'.repeat(32));
    expect(personalToolsConfig()).toEqual({
      port: 3100,
      host: '127.0.0.1',
      token: 'x'.repeat(32),
    });
  });

  it.each(['', 'x'.repeat(31)])('does not start with the token "%s"', (token) => {
    vi.stubEnv('PERSONAL_TOOLS_TOKEN', token);
    expect(() => personalToolsConfig()).toThrow(ConfigurationError);
  });
});
