import {
  ConfigurationError,
  parsedVariable,
  parseEnvironment,
  refuseWeakSecrets,
  secretVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';

/** Where the personal tools run; undefined means in this process. */
export type PersonalToolsLinkConfig = { readonly url: string; readonly token: string } | undefined;

interface Variables {
  PERSONAL_TOOLS_URL?: string;
  PERSONAL_TOOLS_TOKEN?: string;
}

export const personalToolsLinkConfig = registerAs('personalToolsLink', () => link());

function link(): { remote: PersonalToolsLinkConfig } {
  const { PERSONAL_TOOLS_URL: url, PERSONAL_TOOLS_TOKEN: token } = parseEnvironment<Variables>(
    {
      PERSONAL_TOOLS_URL: parsedVariable(addressOf)
        .optional()
        .describe(
          'Address of the personal tools, if they run as a separate process, such as http://personal-tools:3100/mcp.',
        )
        .meta({ unset: 'inside the gateway' }),
      PERSONAL_TOOLS_TOKEN: secretVariable({ shortest: 32 })
        .optional()
        .describe('Authenticates the gateway to the personal tools. At least 32 characters.')
        .meta({ unset: 'none' }),
    },
    process.env,
  );
  refuseWeakSecrets(['PERSONAL_TOOLS_TOKEN'], process.env);
  if (!url) return { remote: undefined };
  if (token) return { remote: { url, token } };
  throw new ConfigurationError(
    'Invalid configuration: PERSONAL_TOOLS_URL needs PERSONAL_TOOLS_TOKEN',
  );
}

function addressOf(text: string): string {
  if (/^https?:\/\/\S+$/i.test(text) && URL.canParse(text)) return text;
  throw new Error('must be an address such as http://personal-tools:3100/mcp');
}
