import { readFileSync } from 'node:fs';

/** A package as the lockfile has it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or what its author wrote in the place of one. */
  readonly licence: string | undefined;
  /** It is no part of what is delivered. */
  readonly isForDevelopment: boolean;
}

interface LockEntry {
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** The packages of a lockfile of version 3, without the project itself. */
export function readLock(path = 'package-lock.json'): LockedPackage[] {
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, { name, version, license, dev }]) => ({
      name: name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      isForDevelopment: dev === true,
    }));
}
