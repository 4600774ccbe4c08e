import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { RequestListener } from 'node:http';

export const SCOPES = ['notes:read', 'notes:write'] as const;

export interface NotesServerOptions {
  /** How it is called by itself, and in tokens. */
  readonly url: string;
  readonly issuer: string;
  /** What it says of itself, other than it should. */
  readonly metadata?: object;
  /** The scope without which `whoami` is refused. @default notes:read */
  readonly neededScope?: () => string;
  /** Told of each call of a tool, with the person it is for. */
  readonly onCall: (sub: string) => void;
}

/** An MCP server with the tool `whoami`. It takes calls with a token that was issued for it (RFC 9068, RFC 6750). */
export function aNotesServer({
  url,
  issuer,
  metadata,
  neededScope = () => 'notes:read',
  onCall,
}: NotesServerOptions): RequestListener {
  const { origin } = new URL(url);
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const document = `${origin}/.well-known/oauth-protected-resource/mcp`;
  return (request, response) => {
    if (request.url === new URL(document).pathname) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          resource: url,
          authorization_servers: [issuer],
          scopes_supported: SCOPES,
          ...metadata,
        }),
      );
      return;
    }
    const refuse = (status: number, challenge: string) => {
      response.setHeader('www-authenticate', `Bearer ${challenge}`);
      response.writeHead(status).end();
    };
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      return refuse(401, `resource_metadata="${document}", scope="notes:read"`);
    }
    jwtVerify(token, keys, { issuer, audience: url, typ: 'at+jwt' }).then(
      ({ payload }) => {
        const scopes = String(payload.scope).split(' ');
        const scope = neededScope();
        if (!scopes.includes(scope)) {
          return refuse(403, `error="insufficient_scope", scope="${scope}"`);
        }
        const sub = String(payload.sub);
        const handler = createMcpHandler(() => serverFor(sub, onCall));
        return toNodeHandler(handler)(request, response);
      },
      () => refuse(401, `error="invalid_token", resource_metadata="${document}"`),
    );
  };
}

function serverFor(sub: string, onCall: (sub: string) => void): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Who you are there.' }, () => {
    onCall(sub);
    return { content: [{ type: 'text', text: `You are ${sub}.` }] };
  });
  return server;
}
