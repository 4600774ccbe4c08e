import { readFile } from './read-file.js';

/** Whether the whole file is UTF-8 without NUL, and can be shown as what it says. */
export async function isTextFile(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of readFile(path)) {
      if (decoder.decode(bytes as Buffer, { stream: true }).includes('\0')) return false;
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
