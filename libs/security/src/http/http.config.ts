import { ConfigurationError, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /**
   * Whose `X-Forwarded-For` is believed: the addresses or networks of the proxies in front. Neither everybody nor
   * a number of hops can be said: both believe whoever reaches the port directly. @default nobody
   */
  readonly trustProxy: false | readonly string[];
  /**
   * The origin under which phones reach the gateway, such as `https://api.example.org`. Absent in development.
   * What is bound to an address is compared with it, never with the Host header, which the caller writes.
   */
  readonly publicUrl: string | undefined;
  /** Certificate chain and key in PEM, when the gateway itself ends TLS. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

interface Variables {
  HOST: string;
  PORT: number;
  PUBLIC_URL?: string;
  TRUST_PROXY?: string;
  TLS_CERT?: string;
  TLS_KEY?: string;
}

export const httpConfig = registerAs('http', (): HttpConfig => {
  const variables = parseEnvironment<Variables>(
    {
      HOST: Joi.string().hostname().default('127.0.0.1'),
      PORT: Joi.number().port().default(3000),
      PUBLIC_URL: Joi.string().pattern(/^https?:\/\/[^/?#\s@]+$/, {
        name: 'an origin such as https://api.example.org',
      }),
      TRUST_PROXY: Joi.string().custom((value: string) => {
        trustedProxies(value);
        return value;
      }, 'proxies'),
      TLS_CERT: Joi.string(),
      TLS_KEY: Joi.string(),
    },
    process.env,
  );
  return {
    host: variables.HOST,
    port: variables.PORT,
    publicUrl: variables.PUBLIC_URL,
    trustProxy: variables.TRUST_PROXY ? trustedProxies(variables.TRUST_PROXY) : false,
    tls: tlsFiles(variables),
  };
});

function trustedProxies(value: string): readonly string[] {
  const proxies = value.split(',').map((entry) => entry.trim());
  if (proxies.every(isNetwork)) return proxies;
  throw new Error('must list addresses of proxies, such as 10.0.0.0/8');
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const shortest = bits === undefined ? longest : Number(bits);
  return version !== 0 && rest.length === 0 && shortest > 0 && shortest <= longest;
}

function tlsFiles({ TLS_CERT, TLS_KEY }: Variables): HttpConfig['tls'] {
  if (!TLS_CERT && !TLS_KEY) return undefined;
  if (!TLS_CERT || !TLS_KEY) {
    throw new ConfigurationError('Invalid configuration: TLS_CERT and TLS_KEY go together');
  }
  return { cert: pem('TLS_CERT', TLS_CERT), key: pem('TLS_KEY', TLS_KEY) };
}

function pem(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigurationError(`Invalid configuration: ${variable} names no readable file`);
  }
}
