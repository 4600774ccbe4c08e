import { ConfigurationError, parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface DpopConfig {
  /** Whether every session must be bound to a key of its device (RFC 9449), or only where the app asks for it. */
  readonly isRequired: boolean;
  /** Whether a proof must carry a nonce of ours, so that none can be made in advance (RFC 9449 §8). */
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
      DPOP: Joi.string().valid('optional', 'required').default('optional'),
      DPOP_NONCE: Joi.string().valid('off', 'required').default('off'),
      PUBLIC_URL: Joi.string(),
    },
    process.env,
  );
  const isRequired = variables.DPOP === 'required';
  // Without it no proof of a phone can be right, and nobody could sign in.
  if (isRequired && !variables.PUBLIC_URL && runMode(process.env) === 'production') {
    throw new ConfigurationError('Invalid configuration: DPOP=required needs PUBLIC_URL');
  }
  return { isRequired, needsNonce: variables.DPOP_NONCE === 'required' };
});
