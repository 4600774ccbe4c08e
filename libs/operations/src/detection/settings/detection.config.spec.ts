import { detectionConfig } from './detection.config.js';

describe('the thresholds of detection', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each(['5/1d', '5/24h', 'off'])('may be %s', (threshold) => {
    vi.stubEnv('DETECTION_PASSWORD_SPRAYING', threshold);
    expect(detectionConfig).not.toThrow();
  });

  it.each(['5/25h', '5/2d', '5'])('are not %s', (threshold) => {
    vi.stubEnv('DETECTION_PASSWORD_SPRAYING', threshold);
    expect(detectionConfig).toThrow('DETECTION_PASSWORD_SPRAYING');
  });
});
