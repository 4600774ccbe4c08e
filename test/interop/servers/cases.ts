import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** Where the servers and bridges are installed. They are no dependencies of the gateway. */
export const FOLDER = resolve('test/interop/servers');

const OFFICIAL = '@modelcontextprotocol/server-';

/** A server of others as an assistant, and what a person gets from it. */
export interface Case {
  readonly id: string;
  /** As it stands in a profile, but for its name. */
  readonly server: object;
  readonly message: string;
  readonly answer: RegExp;
}

/** A script of a package that is installed here. */
export function script(path: string): string {
  return join(FOLDER, 'node_modules', path);
}

function node(path: string, ...args: string[]): object {
  return { transport: 'stdio', command: process.execPath, args: [script(path), ...args] };
}

/** As a command line, for what starts it by one. */
export const EVERYTHING = [
  process.execPath,
  createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js'),
].join(' ');

const module = (name: string, env?: object) => ({
  transport: 'stdio',
  module: `${OFFICIAL}${name}/dist/index.js`,
  ...(env && { env }),
});

export const REFERENCE_SERVERS: readonly Case[] = [
  {
    id: 'reference-everything',
    server: module('everything'),
    message: '/get-sum a=2 b=3',
    answer: /\b5\b/,
  },
  {
    id: 'reference-memory',
    server: module('memory', { MEMORY_FILE_PATH: '{userDir}/reference.jsonl' }),
    message:
      '/create_entities {"entities":[{"name":"Sea","entityType":"place","observations":[]}]}',
    answer: /Sea/,
  },
  {
    id: 'reference-filesystem',
    server: node(`${OFFICIAL}filesystem/dist/index.js`, '{userDir}/files'),
    message: '/write_file {"path":"sea.txt","content":"wide"}',
    answer: /Successfully wrote/,
  },
  {
    id: 'reference-sequential-thinking',
    server: node(`${OFFICIAL}sequential-thinking/dist/index.js`),
    message:
      '/sequentialthinking {"thought":"Is it wide?","nextThoughtNeeded":false,"thoughtNumber":1,"totalThoughts":1}',
    answer: /"thoughtHistoryLength": 1/,
  },
];

const app = (name: string, message: string, answer: RegExp): Case => ({
  id: `app-${name}`,
  server: node(`${OFFICIAL}${name}/dist/index.js`, '--stdio'),
  message,
  answer,
});

/** The example servers of `@modelcontextprotocol/ext-apps`, each with a tool that needs no network. */
export const APP_SERVERS: readonly Case[] = [
  ...['preact', 'react', 'solid', 'svelte', 'vanillajs', 'vue'].map((kind) =>
    app(`basic-${kind}`, '/get-time', /\d{4}-\d\d-\d\dT\d\d:\d\d/),
  ),
  app('budget-allocator', '/get-budget-data', /Marketing: 25%/),
  app('cohort-heatmap', '/get-cohort-data metric=revenue', /Metric: revenue/),
  app('customer-segmentation', '/get-customer-data segment=Startup', /"segment":"Startup"/),
  app('map', '/show-map label=Lyon', /globe at: .*\(Lyon\)/),
  app('pdf', '/list_pdfs', /PDF/),
  app('scenario-modeler', '/get-scenario-data', /Cash Cow/),
  app('shadertoy', '/render-shadertoy', /rendered successfully/),
  app('sheet-music', '/play-sheet-music', /parsed successfully/),
  app('system-monitor', '/get-system-info', /"totalBytes":\d+/),
  app('threejs', '/learn_threejs', /Three\.js/),
  app('transcript', '/transcribe', /"status":"ready"/),
  app('video-resource', '/play_video', /videos:\/\/bunny-1mb/),
  app(
    'wiki-explorer',
    '/get-first-degree-links url=https://wiki.invalid/wiki/Sea',
    /Not a valid Wikipedia URL/,
  ),
];

const echo = (id: string, server: object): Case => ({
  id,
  server,
  message: '/echo message=hi',
  answer: /^Echo: hi$/,
});

/** Bridges, behind which server-everything is: `url` is a supergateway that serves it. */
export function bridgesTo(url: string): Case[] {
  return [
    echo('bridge-supergateway', { transport: 'http', url }),
    echo('bridge-supergateway-stdio', node('supergateway/dist/index.js', '--streamableHttp', url)),
    echo('bridge-mcp-remote', {
      ...node('mcp-remote/dist/proxy.js', url),
      env: { MCP_REMOTE_CONFIG_DIR: '{userDir}/mcp-remote' },
    }),
  ];
}

export function toolOf({ message }: Case): string {
  return /^\/(\S+)/.exec(message)![1]!;
}
