import {
  hostVariable,
  parseEnvironment,
  portVariable,
  refuseWeakSecrets,
  secretVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';

/** What only the stand-alone process needs; inside the gateway the tools take no configuration. */
export interface PersonalToolsConfig {
  /** @default 3100 */
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly host: string;
  /** What the gateway proves itself with. At least 32 characters, no default. */
  readonly token: string;
}

export const personalToolsConfig = registerAs('personal-tools', (): PersonalToolsConfig => {
  const environment = parseEnvironment<{
    PERSONAL_TOOLS_PORT: number;
    PERSONAL_TOOLS_HOST: string;
    PERSONAL_TOOLS_TOKEN: string;
  }>(
    {
      PERSONAL_TOOLS_PORT: portVariable(3100).describe('Port on which the personal tools listen.'),
      PERSONAL_TOOLS_HOST: hostVariable('127.0.0.1').describe(
        'Address on which the personal tools listen.',
      ),
      PERSONAL_TOOLS_TOKEN: secretVariable({ shortest: 32, longest: 1_024 }),
    },
    process.env,
  );
  refuseWeakSecrets(['PERSONAL_TOOLS_TOKEN'], process.env);
  return {
    port: environment.PERSONAL_TOOLS_PORT,
    host: environment.PERSONAL_TOOLS_HOST,
    token: environment.PERSONAL_TOOLS_TOKEN,
  };
});
