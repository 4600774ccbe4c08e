import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SandboxTools } from './sandbox-tools.js';
import { needsNamespaces, type SandboxSpec } from './sandbox-spec.js';

const MEGABYTE = 1024 * 1024;

/** Most that a server may put into its `/tmp`, which is memory. Bytes. */
const TMP_BYTES = 64 * MEGABYTE;

/** What programs need of the system. Nothing of it is a secret, or kept for users. */
const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/group',
  '/etc/hosts',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/pki',
  '/etc/resolv.conf',
  '/etc/ssl',
  '/etc/timezone',
];

const MODULES = '/node_modules';

export interface Command {
  readonly command: string;
  readonly args: string[];
}

export interface Surroundings {
  /** What it has to see to run: its interpreter, its package. */
  readonly readable: readonly string[];
  /** The folders of its user, the outermost first. */
  readonly folders: readonly string[];
}

/**
 * The command that runs another one confined: `bwrap`, then `setpriv`, then `prlimit`, each of which replaces itself by
 * the next. The user is changed inside, since the folders are not open to it on their way.
 */
export function sandboxedCommand(
  command: Command,
  spec: SandboxSpec,
  { readable, folders }: Surroundings,
  tools: SandboxTools,
): Command {
  const argv = [
    ...(needsNamespaces(spec) ? namespaces(spec, readable, folders, tools) : []),
    ...privileges(spec, tools),
    ...limits(spec, tools),
    command.command,
    ...command.args,
  ];
  return { command: argv[0]!, args: argv.slice(1) };
}

function namespaces(
  spec: SandboxSpec,
  readable: readonly string[],
  folders: readonly string[],
  tools: SandboxTools,
): string[] {
  const own = folders[0];
  const visible = [...readable, ...(spec.readable ?? [])];
  return [
    tools.find('bwrap')!,
    '--die-with-parent',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(spec.network === false ? ['--unshare-net'] : []),
    // As root it gives all but these up, and `setpriv` gives these up.
    ...(tools.isRoot ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap(added) : []),
    ...(spec.filesystem === undefined
      ? ['--bind', '/', '/', '--dev-bind', '/dev', '/dev']
      : [
          ...foldersAbove(SYSTEM),
          ...SYSTEM.flatMap(bound),
          '--dev',
          '/dev',
          '--size',
          String(TMP_BYTES),
          '--perms',
          '1777',
          '--tmpfs',
          '/tmp',
          ...foldersAbove([...visible, ...(own === undefined ? [] : [own])]),
          ...visible.flatMap(bound),
          ...(own === undefined ? [] : ['--bind', own, own]),
          '--chdir',
          own ?? '/tmp',
          '--setenv',
          'HOME',
          own ?? '/tmp',
        ]),
    '--proc',
    '/proc',
    '--',
  ];
}

/** Made by us, since `bwrap` makes them for itself alone. */
function foldersAbove(paths: readonly string[]): string[] {
  const above = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) above.add(folder);
  }
  return [...above].toSorted().flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

function added(capability: string): string[] {
  return ['--cap-add', capability];
}

function bound(path: string): string[] {
  return ['--ro-bind-try', path, path];
}

function privileges({ user }: SandboxSpec, tools: SandboxTools): string[] {
  const as = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  // Root has what its bounding set allows with each program that it starts.
  const bounding = tools.isRoot ? ['--bounding-set=-all'] : [];
  return [tools.find('setpriv')!, ...as, ...bounding, '--inh-caps=-all', '--no-new-privs', '--'];
}

function limits(
  { memoryMegabytes, cpuSeconds, processes, openFiles }: SandboxSpec,
  tools: SandboxTools,
): string[] {
  const flags = [
    ...(memoryMegabytes === undefined ? [] : [`--data=${memoryMegabytes * MEGABYTE}`]),
    ...(cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}`]),
    ...(processes === undefined ? [] : [`--nproc=${processes}`]),
    ...(openFiles === undefined ? [] : [`--nofile=${openFiles}`]),
  ];
  return flags.length === 0 ? [] : [tools.find('prlimit')!, '--core=0', ...flags, '--'];
}

/** What a script of an npm package, and the program that runs it, need to see. */
export function readableOf(command: string, script: string | undefined): string[] {
  const program = command.startsWith('/') ? [command, real(command)] : [];
  if (script === undefined) return program;
  const [before, inside] = script.split(MODULES, 2);
  return [...program, inside === undefined ? dirname(script) : `${before}${MODULES}`];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
