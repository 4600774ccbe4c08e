import {
  ConfigurationError,
  hostVariable,
  parsedVariable,
  parseEnvironment,
  portVariable,
  publicUrlVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { trustedProxies } from './trusted-proxies.js';

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /**
   * Addresses or networks of the proxies whose `X-Forwarded-For` is trusted. `true` and a number of hops are
   * refused: both trust any client that reaches the port directly. @default none
   */
  readonly trustProxy: false | readonly string[];
  /**
   * The address under which phones reach the gateway, such as `https://api.example.org`, with the path that a proxy
   * takes off, without a slash at its end. Absent in development. What is bound to an address is compared with it, never
   * with the Host header, which the caller writes.
   */
  readonly publicUrl: string | undefined;
  /** Certificate chain and key in PEM, when the gateway itself ends TLS. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

interface Variables {
  HOST: string;
  PORT: number;
  PUBLIC_URL?: string;
  TRUST_PROXY?: readonly string[];
  TLS_CERT?: string;
  TLS_KEY?: string;
}

export const httpConfig = registerAs('http', (): HttpConfig => {
  const variables = parseEnvironment<Variables>(
    {
      HOST: hostVariable('127.0.0.1').description('Address to listen on.'),
      PORT: portVariable(3000).description('Port to listen on.'),
      PUBLIC_URL: publicUrlVariable()
        .description(
          'Address under which phones reach the gateway, such as https://api.example.org, with the path that a proxy removes. What is bound to an address is compared with it, never with the Host header.',
        )
        .meta({ unset: 'loopback addresses only' }),
      TRUST_PROXY: parsedVariable(trustedProxies)
        .description(
          'Addresses or networks of the proxies in front, separated by commas, such as 10.0.0.0/8, or loopback, linklocal, uniquelocal.',
        )
        .meta({ unset: 'none' }),
      TLS_CERT: Joi.string()
        .description(
          'Path of the certificate chain (PEM), when the gateway itself terminates TLS; goes with TLS_KEY.',
        )
        .meta({ unset: 'none' }),
      TLS_KEY: Joi.string().description('Path of the private key (PEM).').meta({ unset: 'none' }),
    },
    process.env,
  );
  return {
    host: variables.HOST,
    port: variables.PORT,
    publicUrl: variables.PUBLIC_URL,
    trustProxy: variables.TRUST_PROXY ?? false,
    tls: tlsFiles(variables),
  };
});

function tlsFiles({ TLS_CERT, TLS_KEY }: Variables): HttpConfig['tls'] {
  if (!TLS_CERT && !TLS_KEY) return undefined;
  if (!TLS_CERT || !TLS_KEY) {
    throw new ConfigurationError('Invalid configuration: TLS_CERT and TLS_KEY go together');
  }
  const tls = { cert: pem('TLS_CERT', TLS_CERT), key: pem('TLS_KEY', TLS_KEY) };
  try {
    createSecureContext(tls);
  } catch {
    throw new ConfigurationError(
      'Invalid configuration: TLS_CERT and TLS_KEY must name a certificate chain and its key, in PEM and without a passphrase',
    );
  }
  return tls;
}

function pem(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigurationError(`Invalid configuration: ${variable} names no readable file`);
  }
}
