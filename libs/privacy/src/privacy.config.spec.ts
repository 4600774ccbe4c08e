import { privacyConfig } from './privacy.config.js';

describe('ERASURE_SETTLE', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is not shorter in production than what a call may take', () => {
    vi.stubEnv('NODE_ENV', 'production');
    vi.stubEnv('ERASURE_SETTLE', '10s');
    expect(() => privacyConfig()).toThrow(/ERASURE_SETTLE must be a duration from 11s/);
    vi.stubEnv('ERASURE_SETTLE', '11s');
    expect(privacyConfig().erasureSettle).toBe(11_000);
  });

  it('is eleven seconds where it is not set', () => {
    expect(privacyConfig().erasureSettle).toBe(11_000);
  });
});
