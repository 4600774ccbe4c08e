import { parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';

export interface EmailConfig {
  /** Whether an account needs a verified address for more than itself. @default false */
  readonly isRequired: boolean;
}

export const emailConfig = registerAs('email', (): EmailConfig => {
  const { EMAIL } = parseEnvironment<{ EMAIL: string }>(
    { EMAIL: Joi.string().valid('optional', 'required').default('optional') },
    process.env,
  );
  return { isRequired: EMAIL === 'required' };
});
