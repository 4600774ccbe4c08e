import { choiceVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface EmailConfig {
  /** Whether an account needs a verified email address for routes beyond its own account. @default false */
  readonly isRequired: boolean;
}

export const emailConfig = registerAs('email', (): EmailConfig => {
  const { EMAIL } = parseEnvironment<{ EMAIL: string }>(
    {
      EMAIL: choiceVariable(['optional', 'required'], 'optional').describe(
        'required: an account without a verified mail address can only use the routes of its own account.',
      ),
    },
    process.env,
  );
  return { isRequired: EMAIL === 'required' };
});
