import { choiceVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface SecondFactorConfig {
  /** The name that authenticator apps show with the code. @default MCP Gateway */
  readonly totpIssuer: string;
  /** Whether an account needs a second factor for routes beyond its own account. @default false */
  readonly isRequired: boolean;
}

interface Variables {
  TOTP_ISSUER: string;
  SECOND_FACTOR: 'optional' | 'required';
}

export const secondFactorConfig = registerAs('secondFactor', (): SecondFactorConfig => {
  const variables = parseEnvironment<Variables>(
    {
      // A colon would end the issuer in the `otpauth` URI.
      TOTP_ISSUER: Joi.string()
        .max(64)
        .pattern(/^[^:]+$/, { name: 'a name without a colon' })
        .default('MCP Gateway')
        .description('What authenticator apps show above the code; no colon.'),
      SECOND_FACTOR: choiceVariable(['optional', 'required'], 'optional').description(
        'required: an account reaches only itself until it has set up a second factor.',
      ),
    },
    process.env,
  );
  return {
    totpIssuer: variables.TOTP_ISSUER,
    isRequired: variables.SECOND_FACTOR === 'required',
  };
});
