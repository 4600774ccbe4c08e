import { open } from 'node:fs/promises';

/** A new name survives a power loss only with its folder. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}
