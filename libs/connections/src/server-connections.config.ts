import { parsedVariable, parseEnvironment } from '@app/config';
import { registerAs } from '@nestjs/config';

export interface ConnectionsConfig {
  /** Where the app is opened after a person has been asked elsewhere. Without it a page shows the code to type. */
  readonly returnUrl: string | undefined;
}

/** Schemes that a browser would not open an app with. */
const NO_APP = /^(?:http|javascript|data|file|blob|about|vbscript|ftp|wss?):/i;

export const serverConnectionsConfig = registerAs('serverConnections', (): ConnectionsConfig => {
  const { CONNECTIONS_RETURN_URL: returnUrl } = parseEnvironment<{
    CONNECTIONS_RETURN_URL?: string;
  }>(
    {
      CONNECTIONS_RETURN_URL: parsedVariable(appAddress)
        .optional()
        .describe(
          'Address that opens the app after a user has connected another service: an https link that the app claims, such as https://app.example.org/connected, or its own scheme, such as org.example.app:/connected.',
        )
        .meta({ unset: 'a page shows a code to type into the app' }),
    },
    process.env,
  );
  return { returnUrl };
});

function appAddress(text: string): string {
  const url = /[\s\\#*]/.test(text) || NO_APP.test(text) ? null : URL.parse(text);
  // Apps name their schemes by a domain (RFC 8252 §7.1): a word alone could be claimed by any other one.
  const isOwn = url && (url.protocol === 'https:' ? url.host !== '' : /\..*:/.test(url.protocol));
  if (isOwn && !url.username && !url.password) return text;
  throw new Error(
    'must be an https link that the app claims, or an address of a scheme with a dot, such as org.example.app:/connected, without # and user',
  );
}
