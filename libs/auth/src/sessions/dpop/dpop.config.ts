import {
  choiceVariable,
  ConfigurationError,
  parseEnvironment,
  publicUrlVariable,
  runMode,
} from '@app/config';
import { registerAs } from '@nestjs/config';

export interface DpopConfig {
  /** Whether every session must be bound to a key of its device (RFC 9449), or only if the app sends a proof. */
  readonly isRequired: boolean;
  /** Whether a proof must carry a nonce of the server, so that none can be created in advance (RFC 9449 §8). */
  readonly needsNonce: boolean;
}

interface Variables {
  DPOP: 'optional' | 'required';
  DPOP_NONCE: 'off' | 'required';
  PUBLIC_URL?: string;
}

export const dpopConfig = registerAs('dpop', (): DpopConfig => {
  const variables = parseEnvironment<Variables>(
    {
      DPOP: choiceVariable(['optional', 'required'], 'optional').describe(
        'required: each sign-in must prove a key of the phone; in production PUBLIC_URL must be set. optional: a session is bound to a key if the app sends proofs.',
      ),
      DPOP_NONCE: choiceVariable(['off', 'required'], 'off').describe(
        'Whether proofs must carry a nonce of the server.',
      ),
      PUBLIC_URL: publicUrlVariable().optional(),
    },
    process.env,
  );
  const isRequired = variables.DPOP === 'required';
  // Without PUBLIC_URL every proof of a remote client would be refused, and with it every sign-in.
  if (isRequired && !variables.PUBLIC_URL && runMode(process.env) === 'production') {
    throw new ConfigurationError('Invalid configuration: DPOP=required needs PUBLIC_URL');
  }
  return { isRequired, needsNonce: variables.DPOP_NONCE === 'required' };
});
