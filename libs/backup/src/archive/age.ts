import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BackupError } from '../backup.error.js';

/** What each file of age begins with. What does not is not even looked at: it may have no line end. */
const MAGIC = 'age-encryption.org/v1\n';

/** Loaded only where there is something to encrypt: its curves would take a tenth of the time of each start. */
const loadAge = () => import('age-encryption');

/** How much of a file is read at a time. Bytes. */
const READ_BYTES = 1_048_576;

/** The bytes, encrypted to all of the recipients. In chunks: no more than one of them is in memory. */
export async function* encrypted(
  plain: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
): AsyncGenerator<Uint8Array> {
  const { Encrypter } = await loadAge();
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  yield* await encrypter.encrypt(ReadableStream.from(plain) as ReadableStream<Uint8Array>);
}

/**
 * The content of a file. Each chunk is authenticated before it comes out, and the last one by its end.
 *
 * @throws BackupError `backup_foreign`, `backup_wrong_key` or `backup_damaged`
 */
export async function* decrypted(
  path: string,
  identities: readonly string[],
): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  if (!(await beginsWithMagic(file))) throw BackupError.foreign();
  const { Decrypter } = await loadAge();
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const cipher = file.createReadStream({ start: 0, highWaterMark: READ_BYTES, autoClose: false });
  try {
    yield* await decrypter.decrypt(Readable.toWeb(cipher) as ReadableStream<Uint8Array>);
  } catch (error) {
    throw toBackupError(error);
  } finally {
    cipher.destroy();
  }
}

/** Whether a file is one of age; false where there is none. */
export async function isEncrypted(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    return await beginsWithMagic(file);
  } catch {
    return false;
  }
}

async function beginsWithMagic(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
  return buffer.toString('latin1', 0, bytesRead) === MAGIC;
}

/** The identities that a file holds, as `age-keygen` writes it. @throws BackupError `backup_no_identity` */
export async function readIdentities(path: string): Promise<string[]> {
  const lines = contentOf(path)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const { Decrypter } = await loadAge();
  try {
    lines.forEach((line) => new Decrypter().addIdentity(line));
  } catch {
    throw BackupError.noIdentity();
  }
  if (lines.length === 0) throw BackupError.noIdentity();
  return lines;
}

/** A new pair of keys, and the file of the identity as `age-keygen` writes it. */
export async function generateKey(now = new Date()): Promise<{ recipient: string; file: string }> {
  const { generateX25519Identity, identityToRecipient } = await loadAge();
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const file = `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`;
  return { recipient, file };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw BackupError.noIdentity();
  }
}

function toBackupError(error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  // What the system says about the file, such as that a disk fails.
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return error;
  if (/no identity matched/i.test(message)) return BackupError.wrongKey();
  return BackupError.damaged('its encryption does not hold');
}
