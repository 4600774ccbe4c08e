import { originsVariable, parseEnvironment, publicUrlVariable } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface PasskeysConfig {
  /** The domain that passkeys belong to (WebAuthn L3 §4, RP ID). A change invalidates all passkeys. */
  readonly rpId: string;
  /** The name that the phone shows when it asks for a passkey. */
  readonly rpName: string;
  /** The origins that may use passkeys: web origins, and Android apps by the hash of their signing key. */
  readonly origins: readonly string[];
}

interface Variables {
  WEBAUTHN_RP_ID?: string;
  WEBAUTHN_RP_NAME: string;
  WEBAUTHN_ORIGINS?: readonly string[];
  PUBLIC_URL?: string;
  ALLOWED_ORIGINS?: readonly string[];
}

/** The origin of an Android app: the hash of its signing key. */
const ANDROID_APP = /^android:apk-key-hash:[\w-]{43}$/;

export const passkeysConfig = registerAs('passkeys', (): PasskeysConfig => {
  const variables = parseEnvironment<Variables>(
    {
      WEBAUTHN_RP_ID: Joi.string()
        .hostname()
        .lowercase()
        .description('Domain that passkeys belong to. With another one no passkey works any more.')
        .meta({ unset: 'the host of PUBLIC_URL, else localhost' }),
      WEBAUTHN_RP_NAME: Joi.string()
        .max(64)
        .default('MCP Gateway')
        .description('What phones show when they ask for a passkey.'),
      WEBAUTHN_ORIGINS: originsVariable((entry) => ANDROID_APP.test(entry))
        .description(
          'Web origins and Android apps (android:apk-key-hash:…) that may use passkeys, separated by commas.',
        )
        .meta({ unset: 'PUBLIC_URL and ALLOWED_ORIGINS' }),
      PUBLIC_URL: publicUrlVariable(),
      ALLOWED_ORIGINS: originsVariable(),
    },
    process.env,
  );
  const publicUrl = variables.PUBLIC_URL ? new URL(variables.PUBLIC_URL) : undefined;
  const byDefault = [
    ...(publicUrl ? [publicUrl.origin] : []),
    ...(variables.ALLOWED_ORIGINS ?? []),
  ];
  return {
    rpId: variables.WEBAUTHN_RP_ID ?? publicUrl?.hostname ?? 'localhost',
    rpName: variables.WEBAUTHN_RP_NAME,
    origins: variables.WEBAUTHN_ORIGINS ?? byDefault,
  };
});
