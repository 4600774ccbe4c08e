import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface SecondFactorConfig {
  /** What authenticator apps show above the code. @default MCP Gateway */
  readonly totpIssuer: string;
  /** Whether nobody with an account gets further than to it without one. @default false */
  readonly isRequired: boolean;
}

interface Variables {
  TOTP_ISSUER: string;
  SECOND_FACTOR: 'optional' | 'required';
}

export const secondFactorConfig = registerAs('secondFactor', (): SecondFactorConfig => {
  const variables = parseEnvironment<Variables>(
    {
      // A colon would end the issuer in the address that authenticator apps read.
      TOTP_ISSUER: Joi.string()
        .max(64)
        .pattern(/^[^:]+$/, { name: 'a name without a colon' })
        .default('MCP Gateway'),
      SECOND_FACTOR: Joi.string().valid('optional', 'required').default('optional'),
    },
    process.env,
  );
  return {
    totpIssuer: variables.TOTP_ISSUER,
    isRequired: variables.SECOND_FACTOR === 'required',
  };
});
