import type { ReferenceVariable } from './configuration-reference.js';

/** What is read beside the schemas. */
export const NOT_IN_SCHEMAS: readonly ReferenceVariable[] = [
  {
    name: 'NODE_ENV',
    meaning:
      'production demands the secrets, hides details of errors and leaves out development profiles. Any other text than development and test counts as production.',
    byDefault: undefined,
    unset: 'development',
    range: 'production, development, test',
    readBy: ['libs/config'],
  },
  {
    name: 'MCP_SECRET_*',
    meaning: 'Values for {env:MCP_SECRET_…} in profiles; no other variable can be named there.',
    byDefault: undefined,
    unset: 'none',
    readBy: ['libs/mcp'],
  },
  {
    name: 'MODEL_KEY_*',
    meaning:
      'Keys for {env:MODEL_KEY_…} in models, such as MODEL_KEY_OPENAI. MODEL_KEY_…_FILE names a file with the key instead.',
    byDefault: undefined,
    unset: 'none',
    readBy: ['libs/models'],
  },
  {
    name: 'MODEL_URL_*',
    meaning: 'Addresses for {env:MODEL_URL_…} in models, such as MODEL_URL_OLLAMA.',
    byDefault: undefined,
    unset: 'none',
    readBy: ['libs/models'],
  },
];

/** Variables of the file .env that only compose reads. Their defaults are in docker-compose.yml. */
export const COMPOSE_VARIABLES: readonly ReferenceVariable[] = [
  [
    'POSTGRES_PASSWORD',
    'Password of the database role gateway, as part of a URL. Generate it with openssl rand -hex 32.',
    undefined,
  ],
  [
    'PERSONAL_TOOLS_POSTGRES_PASSWORD',
    'Password of the database role personal_tools. Generate it with openssl rand -hex 32.',
    undefined,
  ],
  [
    'GATEWAY_HOST',
    'Address of the host on which the port of the gateway is published.',
    '127.0.0.1',
  ],
  [
    'GATEWAY_PORT',
    'The published port, or a range for several gateways, such as 3000-3009.',
    '3000',
  ],
  ['GATEWAY_CPUS', 'Most CPUs of one gateway, no more than the host has.', '1'],
  ['GATEWAY_MEMORY', 'Most memory of one gateway; 80 MB for each child process.', '5g'],
  ['POSTGRES_CPUS', 'Most CPUs of PostgreSQL, no more than the host has.', '1'],
  ['POSTGRES_MEMORY', 'Most memory of PostgreSQL, which gets no swap.', '1g'],
  ['PERSONAL_TOOLS_MEMORY', 'Most memory of the personal tools.', '512m'],
  ['REDIS_MEMORY', 'Most memory of Redis, which fills 128 MB at most.', '256m'],
  ['GATEWAY_IMAGE', 'Name and version of the image that is built.', 'mcp-phone-gateway:0.1.0'],
  ['NODE_IMAGE', 'Base image, to pin it by digest (…@sha256:…).', undefined],
  ['POSTGRES_IMAGE', 'Image of PostgreSQL, to pin it by digest.', undefined],
  ['REDIS_IMAGE', 'Image of Redis, to pin it by digest.', undefined],
  ['OLLAMA_IMAGE', 'Image of the profile model, to pin it by digest.', undefined],
  ['OLLAMA_CPUS', 'Most CPUs of the profile model, no more than the host has.', '1'],
  ['OLLAMA_MEMORY', 'Most memory of the profile model, more than the size of its model.', '6g'],
  ['CADDY_IMAGE', 'Image of the proxy of the profile tls, to pin it by digest.', undefined],
  [
    'TLS_HOST',
    'Name for which the profile tls gets a certificate; localhost gets one of a local certificate authority.',
    'localhost',
  ],
  ['TLS_BIND', 'Address of the host on which the profile tls is published.', '127.0.0.1'],
  [
    'TLS_HTTP_PORT',
    'Port of the profile tls for HTTP, by which an authority proves the name; calls are refused.',
    '80',
  ],
  ['TLS_HTTPS_PORT', 'Port of the profile tls for HTTPS.', '443'],
  ['TLS_MEMORY', 'Most memory of the proxy of the profile tls.', '256m'],
  ['PROMETHEUS_IMAGE', 'Image of the profile monitoring, to pin it by digest.', undefined],
  ['PROMETHEUS_PORT', 'Port of this machine on which Prometheus answers.', '9090'],
  ['PROMETHEUS_MEMORY', 'Most memory of Prometheus.', '512m'],
  [
    'OUTSIDE_NETWORK',
    'First three numbers of the network of the published port: .1 is the host, .2 the proxy of the profile tls.',
    '172.30.77',
  ],
].map(([name, meaning, byDefault]) => ({
  name: name!,
  meaning,
  byDefault,
  readBy: ['docker-compose.yml'],
  ...(byDefault === undefined
    ? { unset: name!.endsWith('_IMAGE') ? 'the release in docker-compose.yml' : 'none' }
    : {}),
}));
