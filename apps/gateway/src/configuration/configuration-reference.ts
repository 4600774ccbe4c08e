import { describeVariables, type VariableDescription } from '@app/config';
import { personalToolsConfig } from '@app/personal-tools';
import { globSync, readFileSync } from 'node:fs';
import { CONFIGURATIONS } from './environment.js';
import { COMPOSE_VARIABLES, NOT_IN_SCHEMAS } from './other-variables.js';

/** A variable as the reference shows it. */
export interface ReferenceVariable extends VariableDescription {
  /** The apps and libraries whose configuration has it. */
  readonly readBy: readonly string[];
}

export interface VariableGroup {
  readonly title: string;
  readonly variables: readonly ReferenceVariable[];
}

/** What a configuration is about, by the name that it is registered under. */
const TITLES: Readonly<Record<string, string>> = {
  http: 'Address and TLS',
  connections: 'Connections',
  streams: 'Streams',
  signing: 'Signing access tokens',
  credentials: 'Passwords',
  session: 'Sessions',
  factor: 'Lockout and step-up',
  email: 'Mail addresses',
  mail: 'Sending mails',
  passkeys: 'Passkeys',
  secondFactor: 'Second factors',
  dpop: 'Sessions bound to a key (DPoP)',
  administration: 'Administration',
  security: 'Limits and origins',
  persistence: 'Storage',
  logging: 'Log',
  audit: 'The audit trail',
  tracing: 'Traces',
  metrics: 'Metrics',
  mcp: 'MCP servers',
  models: 'Language models',
  chat: 'Assistants and quotas',
  serverConnections: 'Connections of people to MCP servers',
  personalToolsLink: 'Personal tools, as seen by the gateway',
  'personal-tools': 'Personal tools, as a process of their own',
  privacy: 'Erasure',
  backup: 'Backups and the ledger of erased accounts',
  openapi: 'API reference',
  disclosure: 'Reports of vulnerabilities',
};

/** Every variable once: where it is described. */
export function configurationReference(): VariableGroup[] {
  const readers = readersOfVariables();
  const seen = new Set<string>();
  const withReaders = (variables: readonly VariableDescription[]) =>
    variables.map((variable) => ({ ...variable, readBy: readers.get(variable.name) ?? [] }));
  const configured = [...CONFIGURATIONS, personalToolsConfig].map((configuration) => {
    const key = /\((.+)\)$/.exec(String(configuration.KEY))?.[1] ?? '';
    const described = describeVariables(configuration).filter(
      ({ name, meaning }) => meaning !== undefined && !seen.has(name),
    );
    for (const { name } of described) seen.add(name);
    return { title: TITLES[key] ?? key, variables: withReaders(described) };
  });
  return [
    { title: 'Process', variables: NOT_IN_SCHEMAS },
    ...configured.filter(({ variables }) => variables.length > 0),
    { title: 'Only in docker-compose.yml', variables: COMPOSE_VARIABLES },
  ];
}

/** The names in every configuration, described or not. */
export function configuredNames(): string[] {
  return [...readersOfVariables().keys()];
}

function readersOfVariables(): Map<string, string[]> {
  const readers = new Map<string, string[]>();
  for (const path of globSync('{apps,libs}/*/src/**/*.config.ts').toSorted()) {
    const room = path.split('/').slice(0, 2).join('/');
    for (const [, name] of readFileSync(path, 'utf8').matchAll(
      /^ +(?:\{ )?([A-Z][A-Z0-9_]+)\??: /gm,
    )) {
      readers.set(name!, [...new Set([...(readers.get(name!) ?? []), room])]);
    }
  }
  return readers;
}
