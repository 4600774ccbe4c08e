import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface PasskeysConfig {
  /** The domain that passkeys belong to (WebAuthn L3 §4, RP ID). Changing it makes all of them useless. */
  readonly rpId: string;
  /** What the phone shows when it asks for a passkey. */
  readonly rpName: string;
  /** Where a passkey may be used: web origins, and Android apps by the hash of their signing key. */
  readonly origins: readonly string[];
}

interface Variables {
  WEBAUTHN_RP_ID?: string;
  WEBAUTHN_RP_NAME: string;
  WEBAUTHN_ORIGINS?: string;
  PUBLIC_URL?: string;
  ALLOWED_ORIGINS?: string;
}

const ORIGIN = /^(https?:\/\/[^/*?#\s]+|android:apk-key-hash:[\w-]{43})$/;

export const passkeysConfig = registerAs('passkeys', (): PasskeysConfig => {
  const variables = parseEnvironment<Variables>(
    {
      WEBAUTHN_RP_ID: Joi.string().hostname().lowercase(),
      WEBAUTHN_RP_NAME: Joi.string().max(64).default('MCP Gateway'),
      WEBAUTHN_ORIGINS: Joi.string().custom((list: string) => {
        if (splitList(list).every((entry) => ORIGIN.test(entry))) return list;
        throw new Error('must list origins such as https://app.example.org');
      }, 'origins'),
      PUBLIC_URL: Joi.string().uri(),
      ALLOWED_ORIGINS: Joi.string(),
    },
    process.env,
  );
  const publicUrl = variables.PUBLIC_URL ? new URL(variables.PUBLIC_URL) : undefined;
  const byDefault = [
    ...(publicUrl ? [publicUrl.origin] : []),
    ...splitList(variables.ALLOWED_ORIGINS ?? ''),
  ];
  return {
    rpId: variables.WEBAUTHN_RP_ID ?? publicUrl?.hostname ?? 'localhost',
    rpName: variables.WEBAUTHN_RP_NAME,
    origins: variables.WEBAUTHN_ORIGINS ? splitList(variables.WEBAUTHN_ORIGINS) : byDefault,
  };
});

function splitList(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
