import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** A file, opened when it is first read. Never by way of a link, whatever was put in its place meanwhile. */
export function readFile(path: string, encoding?: 'utf8' | 'base64'): Readable {
  return Readable.from(piecesOf(path, encoding));
}

async function* piecesOf(path: string, encoding?: BufferEncoding): AsyncGenerator<unknown> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  yield* file.createReadStream({ encoding });
}
