import satisfies from 'spdx-satisfies';
import type { Finding } from './finding.ts';
import type { LockedPackage } from './lock.ts';

/** What may be delivered: licences that ask for no more than their text. */
const DELIVERED =
  'MIT MIT-0 Apache-2.0 BSD-2-Clause BSD-3-Clause ISC 0BSD BlueOak-1.0.0 CC0-1.0 Python-2.0 Unlicense Zlib'.split(
    ' ',
  );

/** What may be used to build and test besides. */
const DEVELOPMENT = ['AFL-2.1', 'Artistic-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0', 'WTFPL'];

/** Packages whose manifest names no licence; what their files say was read by a person. */
const READ_BY_HAND: Readonly<Record<string, string>> = {
  '@modelcontextprotocol/server-everything': 'MIT',
  '@modelcontextprotocol/server-memory': 'MIT',
  'passport-strategy': 'MIT',
  pause: 'MIT',
};

export function licenceFindings(packages: readonly LockedPackage[]): Finding[] {
  return packages.flatMap(({ name, version, licence: stated, isForDevelopment }) => {
    const licence = READ_BY_HAND[name] ?? stated ?? 'none';
    const allowed = isForDevelopment ? [...DELIVERED, ...DEVELOPMENT] : DELIVERED;
    if (isAllowed(licence, allowed)) return [];
    return [{ text: `${name} ${version}: the licence ${licence} is not allowed`, isFault: true }];
  });
}

function isAllowed(licence: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(licence, [...allowed]);
  } catch {
    // It is no SPDX expression.
    return false;
  }
}
