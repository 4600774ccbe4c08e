import {
  ConfigurationError,
  hostVariable,
  parsedVariable,
  parseEnvironment,
  portVariable,
  publicUrlVariable,
  refusePlainInProduction,
  runMode,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsFiles, TlsMaterial } from './tls-material.js';
import { namedNetworks, trustedProxies } from './trusted-proxies.js';

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
  /** Addresses and networks that may call the API without TLS. @default all outside production, loopback in it */
  readonly plainHttpFrom: readonly string[];
  /** Certificate chain and key in PEM, when the gateway itself ends TLS. */
  readonly tls: (TlsMaterial & { readonly files: TlsFiles }) | undefined;
}

interface Variables {
  HOST: string;
  PORT: number;
  PUBLIC_URL?: string;
  TRUST_PROXY?: readonly string[];
  PLAIN_HTTP_FROM?: readonly string[];
  TLS_CERT?: string;
  TLS_KEY?: string;
}

export const httpConfig = registerAs('http', (): HttpConfig => {
  const variables = parseEnvironment<Variables>(
    {
      HOST: hostVariable('127.0.0.1').describe('Address to listen on.'),
      PORT: portVariable(3000).describe('Port to listen on.'),
      PUBLIC_URL: publicUrlVariable()
        .optional()
        .describe(
          'Address at which phones reach the gateway, such as https://api.example.org, including a path that a proxy removes. Addresses in DPoP proofs are compared with it, never with the Host header.',
        )
        .meta({ unset: 'loopback addresses only' }),
      TRUST_PROXY: parsedVariable(trustedProxies)
        .optional()
        .describe(
          'Addresses or networks of the proxies in front, separated by commas, such as 10.0.0.0/8, or loopback, linklocal, uniquelocal.',
        )
        .meta({ unset: 'none' }),
      PLAIN_HTTP_FROM: parsedVariable(namedNetworks)
        .optional()
        .describe(
          'Addresses or networks that may call the API without TLS, separated by commas, such as loopback. Other clients are refused. A proxy in TRUST_PROXY sets X-Forwarded-Proto to the protocol of its client.',
        )
        .meta({ unset: 'loopback in production, all elsewhere' }),
      TLS_CERT: textVariable()
        .optional()
        .describe(
          'Path of the certificate chain (PEM), when the gateway itself terminates TLS; goes with TLS_KEY.',
        )
        .meta({ unset: 'none' }),
      TLS_KEY: textVariable()
        .optional()
        .describe('Path of the private key (PEM).')
        .meta({ unset: 'none' }),
    },
    process.env,
  );
  refusePlainInProduction('PUBLIC_URL', [variables.PUBLIC_URL ?? []].flat(), process.env);
  return {
    host: variables.HOST,
    port: variables.PORT,
    publicUrl: variables.PUBLIC_URL,
    trustProxy: variables.TRUST_PROXY ?? false,
    plainHttpFrom: variables.PLAIN_HTTP_FROM ?? plainHttpByDefault(),
    tls: tlsFiles(variables),
  };
});

function plainHttpByDefault(): readonly string[] {
  return runMode(process.env) === 'production' ? namedNetworks('loopback') : ['0.0.0.0/0', '::/0'];
}

function tlsFiles({ TLS_CERT, TLS_KEY }: Variables): HttpConfig['tls'] {
  if (!TLS_CERT && !TLS_KEY) return undefined;
  if (!TLS_CERT || !TLS_KEY) {
    throw new ConfigurationError('Invalid configuration: TLS_CERT and TLS_KEY go together');
  }
  const files = { cert: TLS_CERT, key: TLS_KEY };
  const tls = { cert: pem('TLS_CERT', TLS_CERT), key: pem('TLS_KEY', TLS_KEY), files };
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
