import type { McpFile } from '@app/mcp';
import { AtomicWriteService } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import { type CardFileRecord, type CardView, toCardView } from './card.view.js';
import { FILE_FIELDS } from './cards-of-runs.js';
import {
  beginCard,
  type BrokenFile,
  CHUNK_BYTES,
  dropFile,
  keepChunk,
  type NewCard,
  type NewFile,
} from './keep-card.js';

/** What may wait in this process to be kept. What comes beyond that is not kept. Bytes. */
const MAX_WAITING_BYTES = 128 * 1024 * 1024;

/** How many files are being kept at a time. */
const LANES = 4;

/** A megabyte: other writes wait for it. */
const CHUNKS_PER_DELETION = 8;

/** A file that is served. */
export interface StoredFile extends CardFileRecord {
  readonly digest: string;
}

/** What has become of the files of a result. */
export interface KeptCard {
  /** Absent if none could be kept. */
  readonly card?: CardView;
  /** The names of the files that could not be kept. */
  readonly leftOut: readonly string[];
  /** The words that are on it alone could not be kept. */
  readonly isLost?: true;
}

const OWNED_FILE = `select ${FILE_FIELDS}, f.digest
  from card_files f join runs r on r.id = f.run_id join conversations c on c.id = r.conversation_id
  where f.id = ? and f.is_whole = 1 and c.account_id = ? and c.deleted_at is null`;

const BROKEN_FILES = `select f.id, f.size_bytes as "sizeBytes", f.run_id as "runId",
    f.call_id as "callId", c.id as "conversationId", c.account_id as "accountId"
  from card_files f join runs r on r.id = f.run_id join conversations c on c.id = r.conversation_id
  where f.run_id = ? and f.is_whole = 0`;

const SOME_CHUNKS = `delete from card_file_chunks where file_id = ? and seq in
  (select seq from card_file_chunks where file_id = ? limit ${CHUNKS_PER_DELETION})`;

const CHUNK = 'select bytes from card_file_chunks where file_id = ? and seq = ?';

/** The cards of answers, with their files. */
@Injectable()
export class CardStore {
  private readonly log = new Logger('Cards');
  /** A thousand files at once take the connections of a few. */
  private readonly lanes: Promise<unknown>[] = Array.from({ length: LANES }, () =>
    Promise.resolve(),
  );
  private next = 0;
  private waitingBytes = 0;

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /**
   * Keeps a card with what can be kept of its files, if it has any. What cannot is no failure of the answer.
   *
   * @param hasWords whether its text is told nowhere else
   */
  async keep(card: NewCard, files: readonly McpFile[], hasWords: boolean): Promise<KeptCard> {
    const kept: CardFileRecord[] = [];
    const leftOut: string[] = [];
    const failures: unknown[] = [];
    const unless = (error: unknown) => void failures.push(error);
    for (const file of files) {
      // The tool has acted: what it says is not lost with a file.
      const record = await this.inTurn(card, file).catch(unless);
      if (record) kept.push(record);
      else leftOut.push(file.name);
    }
    const isKept = kept.length > 0 || (hasWords && (await this.begin(card).catch(unless)) === true);
    const isLost = hasWords && !isKept;
    const count = leftOut.length + (isLost ? 1 : 0);
    if (count > 0) {
      const err = failures.at(-1);
      this.log.warn({ event: 'chat.files.left-out', runId: card.runId, count, err });
    }
    return {
      leftOut,
      ...(isKept && { card: toCardView(card, kept) }),
      ...(isLost && { isLost }),
    };
  }

  /** Deletes the files of a run that its process has not kept as a whole. */
  async dropBroken(runId: string): Promise<void> {
    for (const file of await this.sql().execute<BrokenFile[]>(BROKEN_FILES, [runId])) {
      await this.drop(file);
    }
  }

  /** @throws ChatError `file_not_found`, also for a file of another account */
  async find(accountId: string, id: string): Promise<StoredFile> {
    const [file] = await this.sql().execute<StoredFile[]>(OWNED_FILE, [id, accountId]);
    if (!file) throw ChatError.fileNotFound();
    return file;
  }

  /** One chunk of a file; undefined if it has been deleted meanwhile. */
  async chunk(id: string, seq: number): Promise<Buffer | undefined> {
    const [row] = await this.sql().execute<{ bytes: Uint8Array }[]>(CHUNK, [id, seq]);
    return row && Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength);
  }

  private inTurn(card: NewCard, file: McpFile): Promise<CardFileRecord | undefined> {
    const size = file.bytes.length;
    if (this.waitingBytes + size > MAX_WAITING_BYTES) return Promise.resolve(undefined);
    this.waitingBytes += size;
    this.next = (this.next + 1) % LANES;
    const lane = this.next;
    const kept = this.lanes[lane]!.then(() => this.keepOne(card, file)).finally(() => {
      this.waitingBytes -= size;
    });
    this.lanes[lane] = kept.catch(() => undefined);
    return kept;
  }

  /** Chunk by chunk: other writes come in between, and are committed together with them. */
  private async keepOne(
    card: NewCard,
    { bytes, name, mediaType, width, height }: McpFile,
  ): Promise<CardFileRecord | undefined> {
    const record = { id: v7(), name, mediaType, sizeBytes: bytes.length, width, height };
    const digest = createHash('sha256').update(bytes).digest('hex');
    try {
      if (!(await this.begin(card, { ...record, digest }))) return undefined;
      return (await this.keepChunks(record.id, bytes)) ? record : undefined;
    } catch (error) {
      // What is left of it now stays until the run is closed by another process, or deleted.
      await this.drop({ ...card, ...record }).catch(() => undefined);
      throw error;
    }
  }

  /** False if the file has been deleted meanwhile. */
  private async keepChunks(id: string, bytes: Uint8Array): Promise<boolean> {
    for (let seq = 0, from = 0; from < bytes.length; seq += 1, from += CHUNK_BYTES) {
      // A copy: what is sent to another thread takes all along of which it is a part.
      const chunk = Buffer.from(bytes.subarray(from, from + CHUNK_BYTES));
      const isLast = from + CHUNK_BYTES >= bytes.length;
      const missing = await this.writes.apply(keepChunk(id, seq, chunk, isLast));
      if (missing !== undefined) return false;
    }
    return true;
  }

  private async drop(file: BrokenFile): Promise<void> {
    const { id } = file;
    for (let count = CHUNKS_PER_DELETION; count === CHUNKS_PER_DELETION;) {
      const done = await this.sql().execute<{ affectedRows: number }>(SOME_CHUNKS, [id, id], 'run');
      count = done.affectedRows;
    }
    await this.writes.apply(dropFile(file));
  }

  private async begin(card: NewCard, file?: NewFile): Promise<boolean> {
    const write = beginCard(card, file, this.config.quotas.cardBytes);
    return (await this.writes.apply(write)) === undefined;
  }

  private sql(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}
