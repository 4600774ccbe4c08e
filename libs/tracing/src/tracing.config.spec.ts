import { tracingConfig } from './tracing.config.js';

describe('the headers for the collector', () => {
  afterEach(() => vi.unstubAllEnvs());

  const headers = (text: string) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', text);
    return tracingConfig().headers;
  };

  it('are names and percent-encoded values', () => {
    expect(headers(' api-key = a%2Cb= ,x=,')).toEqual({ 'api-key': 'a,b=', x: '' });
    expect(headers('')).toEqual({});
  });

  it.each(['api-key=50%secret', 'secret', 'a=b,secret', '=secret'])(
    'are refused by their name and without their value: %s',
    (text) => {
      expect(() => headers(text)).toThrow(/OTEL_EXPORTER_OTLP_HEADERS/);
      expect(() => headers(text)).not.toThrow(/secret/);
    },
  );
});
