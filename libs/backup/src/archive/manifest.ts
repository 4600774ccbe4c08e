import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { BackupError } from '../backup.error.js';

/** Of the layout of the archive. One that is not known is refused. */
export const FORMAT = 1;
export const PRODUCT = 'mcp-phone-gateway';

const HEADER_SCHEMA = z.object({
  product: z.literal(PRODUCT),
  format: z.literal(FORMAT),
  /** Random, of this backup. */
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  /** Of the product. */
  release: z.string(),
  /** Which system was saved: the same number for as long as it lives, also after a restore. */
  system: z.string(),
  /** The machine on which the backup was made. */
  host: z.string(),
  database: z.enum(['sqlite', 'postgres']),
  /** The migrations that were applied, in their order. */
  schema: z.array(z.string()),
});

const MANIFEST_SCHEMA = z.object({
  header: HEADER_SCHEMA,
  tables: z.array(
    z.object({
      name: z.string(),
      rows: z.number().int(),
      /** As they are in statements. PostgreSQL only. */
      columns: z.array(z.string()).optional(),
    }),
  ),
  /** PostgreSQL only. */
  sequences: z.array(z.object({ name: z.string(), last: z.string(), isCalled: z.boolean() })),
  /** Each content of the archive, which may be several entries. */
  contents: z.array(z.object({ name: z.string(), bytes: z.number().int(), digest: z.string() })),
});

/** What the first entry says. */
export type BackupHeader = z.infer<typeof HEADER_SCHEMA>;

/** What the last entry says: all that there must be. */
export type Manifest = z.infer<typeof MANIFEST_SCHEMA>;
export type SavedContent = Manifest['contents'][number];
export type SavedTable = Manifest['tables'][number];

/** @throws BackupError `backup_foreign` */
export function parseHeader(text: string): BackupHeader {
  const { success, data } = HEADER_SCHEMA.safeParse(parsed(text));
  if (!success) throw BackupError.foreign();
  return data;
}

/** @throws BackupError `backup_damaged` */
export function parseManifest(text: string): Manifest {
  const { success, data } = MANIFEST_SCHEMA.safeParse(parsed(text));
  if (!success) throw BackupError.damaged('it has no list of its contents');
  return data;
}

/**
 * Encryption to a public key does not say who encrypted. The seal does: it is made with a key that only the system has
 * whose passwords depend on it.
 */
export function sealOf(manifest: string, pepper: string): string {
  const key = Buffer.from(hkdfSync('sha256', pepper, '', `${PRODUCT} backup`, 32));
  return createHmac('sha256', key).update(manifest).digest('base64url');
}

export function isSealed(manifest: string, seal: string, pepper: string): boolean {
  const [given, expected] = [seal, sealOf(manifest, pepper)].map((text) =>
    createHash('sha256').update(text).digest(),
  );
  return timingSafeEqual(given!, expected!);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
