import { choiceVariable, parseEnvironment, textVariable } from '@app/config';
import { registerAs } from '@nestjs/config';

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
      TOTP_ISSUER: textVariable({ longest: 64 })
        .regex(/^[^:]+$/, 'must be a name without a colon')
        .default('MCP Gateway')
        .describe('Name that authenticator apps show above the code, without a colon.'),
      SECOND_FACTOR: choiceVariable(['optional', 'required'], 'optional').describe(
        'required: an account can only use the routes of its own account until it has set up a second factor.',
      ),
    },
    process.env,
  );
  return {
    totpIssuer: variables.TOTP_ISSUER,
    isRequired: variables.SECOND_FACTOR === 'required',
  };
});
