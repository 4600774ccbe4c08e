import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { promisify } from 'node:util';
import { hasLimits, needsNamespaces, type SandboxSpec } from './sandbox-spec.js';

const run = promisify(execFile);

/** How long the trial of namespaces may take. Milliseconds. */
const TRIAL_MS = 10_000;

/** Where they are is not left to `PATH`: what confines a server is not to be chosen by an environment. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

export interface SandboxToolsOptions {
  readonly folders?: readonly string[];
  readonly isRoot?: boolean;
}

/** The programs of the system that confine a server, and whether they work here. */
export class SandboxTools {
  readonly isRoot: boolean;
  private readonly folders: readonly string[];
  private trial: Promise<string | undefined> | undefined;

  constructor({ folders = FOLDERS, isRoot = process.getuid?.() === 0 }: SandboxToolsOptions = {}) {
    this.folders = folders;
    this.isRoot = isRoot;
  }

  /** The path of a program; undefined if it is not installed. */
  find(name: string): string | undefined {
    return this.folders.map((folder) => `${folder}/${name}`).find(isExecutable);
  }

  /** Why a server cannot be confined as it is to be, in words an operator can act on; undefined if it can be. */
  async missing(spec: SandboxSpec): Promise<string | undefined> {
    if (hasLimits(spec) && !this.find('prlimit')) return 'limits need prlimit (util-linux)';
    if (!this.find('setpriv')) return 'it needs setpriv (util-linux)';
    if (spec.user !== undefined && !this.isRoot) return 'user needs a gateway that runs as root';
    if (spec.processes !== undefined && this.isRoot && spec.user === undefined) {
      return 'processes does not bound root: name a user';
    }
    if (spec.processes !== undefined && !this.isRoot && !needsNamespaces(spec)) {
      return 'processes needs filesystem without root: those of the gateway would count as well';
    }
    if (!needsNamespaces(spec)) return undefined;
    const bwrap = this.find('bwrap');
    if (!bwrap) return 'network and filesystem need bwrap (bubblewrap)';
    if (spec.network === false && spec.filesystem === undefined) {
      return 'network needs filesystem: sockets in folders lead to what listens on this machine';
    }
    return this.triedNamespaces(bwrap);
  }

  /** Success is remembered. A failure may have been one of the moment, such as a machine under load. */
  private triedNamespaces(bwrap: string): Promise<string | undefined> {
    this.trial ??= tryNamespaces(bwrap).then((missing) => {
      if (missing !== undefined) this.trial = undefined;
      return missing;
    });
    return this.trial;
  }
}

/** Containers and some systems forbid them. */
async function tryNamespaces(bwrap: string): Promise<string | undefined> {
  const everything = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'];
  try {
    await run(bwrap, ['--unshare-pid', '--unshare-net', ...everything, 'true'], {
      timeout: TRIAL_MS,
    });
    return undefined;
  } catch {
    return 'network and filesystem need namespaces, which this system or container forbids';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
