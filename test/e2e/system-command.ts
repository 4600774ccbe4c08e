import { spawnSync } from 'node:child_process';

/** The Debian package of each command that a test needs and npm does not bring. */
const PACKAGES = { ps: 'procps', bash: 'bash', curl: 'curl' } as const;

/**
 * What a command of the operating system prints.
 *
 * @throws Error that names the command and how to install it, where it is missing
 */
export function outputOf(command: keyof typeof PACKAGES, args: readonly string[]): string {
  const { error, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    throw new Error(
      `this test needs the command ${command} (Debian: apt-get install ${PACKAGES[command]})`,
    );
  }
  return stdout;
}
