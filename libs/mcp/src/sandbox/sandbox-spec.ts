/** What a server in a process may do, as its profile says. What is absent is not bounded. */
export interface SandboxSpec {
  /** The user, and group, that it runs as: a number of the system. The gateway has to be root. */
  user?: number;
  /** Most memory that one of its processes may reserve for writing. */
  memoryMegabytes?: number;
  /** Most processor time of one process, over its life. */
  cpuSeconds?: number;
  /** Most processes and threads of its user at a time. */
  processes?: number;
  /** Most open files and sockets of one process. */
  openFiles?: number;
  /** It reaches nothing over the network, this machine included. */
  network?: false;
  /** It sees the system, its package and the folders of its user, and writes to the latter alone. */
  filesystem?: 'read-only';
  /** Further paths that it sees with `filesystem`. */
  readable?: string[];
}

/** It gets namespaces of its own: of processes always, of the network and of files as it says. */
export function needsNamespaces({ network, filesystem }: SandboxSpec): boolean {
  return network === false || filesystem !== undefined;
}

export function hasLimits(spec: SandboxSpec): boolean {
  return [spec.memoryMegabytes, spec.cpuSeconds, spec.processes, spec.openFiles].some(
    (limit) => limit !== undefined,
  );
}
