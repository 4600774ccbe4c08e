import { join, resolve } from 'node:path';
import type { McpServerSpec } from './mcp-target.js';
import { alice, aTarget, bob } from '../testing/mcp-target.factory.js';
import { resolveTarget } from './resolve-target.js';

const config = {
  dataDir: '/data',
  secrets: new Map([['MCP_SECRET_KEY', 'se/cret {userId}']]),
};
const withArgument = (argument: string): McpServerSpec => ({
  name: 'x',
  transport: 'stdio',
  command: 'x',
  args: [argument],
});
const resolved = (argument: string) =>
  resolveTarget(aTarget(withArgument(argument)), config).server;

describe('resolveTarget', () => {
  it.each([
    ['{userId}', alice],
    ['{dataDir}/x', '/data/x'],
    ['{userDir}/m.json', join('/data/users', alice, 'm.json')],
    ['--key={env:MCP_SECRET_KEY}', '--key=se/cret {userId}'],
    ['{"json": {"a": 1}}', '{"json": {"a": 1}}'],
  ])('fills in %s', (argument, expected) => {
    expect(resolved(argument)).toMatchObject({ args: [expected] });
  });

  it.each([
    ['{userDir}', ['']],
    ['{userId}', undefined],
    ['{userDir}/files', ['', 'files']],
    ['--root={userDir}/files/,{userDir}/b', ['', 'files', 'b']],
    ['{userDir}/deep/m.json', ['', 'deep']],
    ['{userDir}/../../etc', ['']],
    ['{userDir}x/y', ['']],
  ])('has the folders made that are named in %s', (argument, folders = []) => {
    const root = join('/data/users', alice);
    expect(resolved(argument)).toMatchObject({
      folders: folders.map((name) => resolve(root, name)),
    });
  });

  it.each(['{user}', '{userId:x}', '{env:MCP_SECRET_NONE}', '{env:JWT_SECRET}', '{env}'])(
    'refuses %s',
    (argument) => {
      expect(() => resolved(argument)).toThrow(
        expect.objectContaining({ code: 'mcp_unavailable' }),
      );
    },
  );

  it.each(['{userId}', '{userDir}'])('refuses %s in a shared connection', (argument) => {
    const target = aTarget(withArgument(argument), { isolation: 'shared' });
    expect(() => resolveTarget(target, config)).toThrow(/not configured/);
  });

  it('refuses a user id that is no UUID', () => {
    for (const accountId of ['../../etc', '', `${alice}/..`]) {
      const target = aTarget(withArgument('{userDir}'), { accountId });
      expect(() => resolveTarget(target, config)).toThrow(/account/);
    }
  });

  it('escapes what it puts into an address', () => {
    const spec: McpServerSpec = {
      name: 'x',
      transport: 'http',
      url: 'https://h/{userId}?k={env:MCP_SECRET_KEY}',
      headers: { 'x-user': '{userId}' },
    };
    expect(resolveTarget(aTarget(spec), config).server).toMatchObject({
      url: `https://h/${alice}?k=se%2Fcret%20%7BuserId%7D`,
      headers: { 'x-user': alice },
    });
  });

  it('gives equal keys to the same user, profile, server and credential only', () => {
    const key = (...target: Parameters<typeof aTarget>) =>
      resolveTarget(aTarget(...target), config).key;
    const server = withArgument('a');
    const others = [
      key(server, { accountId: bob }),
      key(server, { profileId: 'other' }),
      key(server, { isolation: 'shared' }),
      key({ ...server, name: 'other' }),
      key(withArgument('b')),
    ];
    expect(key(server)).toBe(key(withArgument('a')));
    expect(new Set([key(server), ...others]).size).toBe(6);
    expect(key(server, { isolation: 'shared', accountId: bob })).toBe(others[2]);
  });
});
