import {
  isHost,
  originsVariable,
  parsedVariable,
  parseEnvironment,
  publicUrlVariable,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';

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
      WEBAUTHN_RP_ID: parsedVariable(domainOf)
        .optional()
        .describe(
          'Domain that passkeys belong to. If it is changed, existing passkeys stop working.',
        )
        .meta({ unset: 'the host of PUBLIC_URL, else localhost' }),
      WEBAUTHN_RP_NAME: textVariable({ longest: 64 })
        .default('MCP Gateway')
        .describe('Name that phones show when they ask for a passkey.'),
      WEBAUTHN_ORIGINS: originsVariable((entry) => ANDROID_APP.test(entry))
        .optional()
        .describe(
          'Web origins and Android apps (android:apk-key-hash:…) that may use passkeys, separated by commas.',
        )
        .meta({ unset: 'PUBLIC_URL and ALLOWED_ORIGINS' }),
      PUBLIC_URL: publicUrlVariable().optional(),
      ALLOWED_ORIGINS: originsVariable().optional(),
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

/** A domain as WebAuthn compares it. */
function domainOf(text: string): string {
  const domain = text.toLowerCase();
  if (isHost(domain)) return domain;
  throw new Error('must be a domain such as example.org');
}
