import { type JsonDialect, jsonDialectOf, LOWEST_ID } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { FILES_PATH } from '../cards/card.view.js';
import { ANSWER_FAILURES } from '../engine/engine.js';

/** How much one statement reads of messages or runs: rows, and bytes of the text in them. */
export const ROWS_PER_PAGE = 250;
export const BYTES_PER_PAGE = 131_072;

/** Rows as JSON; null without any. */
interface ItemsRow {
  readonly items: string | null;
}

interface PageRow extends ItemsRow {
  readonly last: string;
}

interface ConversationRow extends ItemsRow {
  readonly id: string;
}

/** The last id of a page, by the sizes of its messages: their text is not read for it. */
const LAST_MESSAGE_OF_PAGE = `select id from (
  select id, sum(bytes) over (order by id) - bytes as bytes_before from (
    select id, octet_length(content) as bytes from messages
    where conversation_id = ? and id > ? order by id limit ${ROWS_PER_PAGE}
  ) as following
) as counted where bytes_before < ${BYTES_PER_PAGE} order by id desc limit 1`;

/** What a run `r` has asked: it has few bytes of its own, but an approval has up to 32 KB, and so has a form. */
const ASKED_BYTES = `(select coalesce(sum(octet_length(a.arguments)), 0) from run_approvals a where a.run_id = r.id)
  + (select coalesce(sum(octet_length(i.message) + octet_length(coalesce(i.fields, ''))), 0)
     from run_inputs i where i.run_id = r.id)`;

/** The last id of a page of runs, by the bytes of what they have asked. */
const LAST_RUN_OF_PAGE = `select id from (
  select id, sum(bytes) over (order by id) - bytes as bytes_before from (
    select id, ${ASKED_BYTES} as bytes from runs r
    where conversation_id = ? and id > ? order by id limit ${ROWS_PER_PAGE}
  ) as following
) as counted where bytes_before < ${BYTES_PER_PAGE} order by id desc limit 1`;

/**
 * The messages and runs of conversations as the JSON of `MessageView` and `RunView`. The database writes it, page by
 * page: made here, an export keeps the thread of the requests busy for as long as it takes.
 */
export class ExportedRows {
  private readonly json: JsonDialect;

  constructor(private readonly em: SqlEntityManager) {
    this.json = jsonDialectOf(em);
  }

  /** How much has been asked in conversations, by their ids. Bytes. */
  async askedBytes(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (ids.length === 0) return new Map();
    const rows = await this.em.execute<{ id: string; bytes: number | string }[]>(
      `select conversation_id as id, sum(${ASKED_BYTES}) as bytes from runs r
       where conversation_id in (${ids.map(() => '?').join(', ')}) group by conversation_id`,
      [...ids],
    );
    return new Map(rows.map(({ id, bytes }) => [id, Number(bytes)]));
  }

  /** What several conversations have, by their ids; nothing for one that has nothing. */
  async messagesOfAll(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.em.execute<ConversationRow[]>(
      `select m.conversation_id as id, ${this.json.items(this.message(), 'm.id')} as items
       from messages m join runs r on r.id = m.run_id
       where m.conversation_id in (${ids.map(() => '?').join(', ')}) group by m.conversation_id`,
      [...ids],
    );
    return itemsById(rows);
  }

  /** The same of their runs. */
  async runsOfAll(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.em.execute<ConversationRow[]>(
      `select r.conversation_id as id, ${this.json.items(this.run(), 'r.id')} as items
       from runs r join conversations c on c.id = r.conversation_id
       where r.conversation_id in (${ids.map(() => '?').join(', ')}) group by r.conversation_id`,
      [...ids],
    );
    return itemsById(rows);
  }

  messagesOf(conversationId: string): AsyncGenerator<string> {
    const rows = `select m.id as id, ${this.message()} as item from messages m join runs r on r.id = m.run_id
      where m.conversation_id = ? and m.id > ? and m.id <= (${LAST_MESSAGE_OF_PAGE})`;
    const valuesAfter = (after: string) => [conversationId, after, conversationId, after];
    return this.pages(rows, valuesAfter);
  }

  runsOf(conversationId: string): AsyncGenerator<string> {
    const rows = `select r.id as id, ${this.run()} as item from runs r
      join conversations c on c.id = r.conversation_id
      where r.conversation_id = ? and r.id > ? and r.id <= (${LAST_RUN_OF_PAGE})`;
    const valuesAfter = (after: string) => [conversationId, after, conversationId, after];
    return this.pages(rows, valuesAfter);
  }

  private async *pages(
    rows: string,
    valuesAfter: (id: string) => readonly string[],
  ): AsyncGenerator<string> {
    const sql = `select max(cast(id as text)) as last, ${this.json.items('item')} as items
      from (${rows} order by id limit ${ROWS_PER_PAGE}) as page`;
    for (let after = LOWEST_ID; ;) {
      const [page] = await this.em.execute<PageRow[]>(sql, [...valuesAfter(after)]);
      // By what they hold there can be fewer on a page, and yet more to come.
      if (!page?.items) return;
      yield page.items;
      after = page.last;
    }
  }

  /** `toMessageView` in SQL. */
  private message(): string {
    const fields = this.json.object({
      id: 'm.id',
      role: 'm.role',
      content: 'm.content',
      createdAt: this.json.moment('m.created_at'),
      runId: 'm.run_id',
      status: 'r.status',
    });
    const failures = ANSWER_FAILURES.map((failure) => `'${failure}'`).join(', ');
    const completeness = `case when m.role <> 'assistant' or r.status = 'succeeded' then ''
      when r.error_code in (${failures}) then '"isError":true,' else '"isUnfinished":true,' end`;
    const comment = `case when m.rating_comment is null then ''
      else ',"comment":' || ${this.json.value('m.rating_comment')} end`;
    const feedback = `case when m.rating is null then ''
      else '"feedback":{"rating":' || ${this.json.value('m.rating')} || ${comment} || '},' end`;
    const parent = `case when r.parent_id is null or r.parent_id = r.conversation_id then ''
      else '"parentRunId":"' || cast(r.parent_id as text) || '",' end`;
    return `'{' || ${this.errorCode()} || ${completeness} || ${parent} || ${feedback} || ${this.cards()} || substr(${fields}, 2)`;
  }

  /** `CardView` in SQL, of all that a message shows; nothing for one that shows nothing. */
  private cards(): string {
    const ofFile = this.json.object({
      id: 'f.id',
      url: `'${FILES_PATH}' || cast(f.id as text)`,
      mediaType: 'f.media_type',
      name: 'f.name',
      sizeBytes: 'f.size_bytes',
    });
    const size = `case when f.width is null or f.height is null then ''
      else '"width":' || cast(f.width as text) || ',"height":' || cast(f.height as text) || ',' end`;
    const files = `(select ${this.json.items(`'{' || ${size} || substr(${ofFile}, 2)`, 'f.id')}
      from card_files f where f.run_id = k.run_id and f.call_id = k.call_id and f.is_whole = 1)`;
    const fields = this.json.object({ callId: 'k.call_id', title: 'k.title', text: 'k.text' });
    const isCut = `case when k.is_cut = 1 then '"isCut":true,' else '' end`;
    const card = `'{"files":[' || coalesce(${files}, '') || '],' || ${isCut} || substr(${fields}, 2)`;
    return `case when m.role <> 'assistant' then '' else coalesce(
      (select '"cards":[' || ${this.json.items(card, 'k.call_id')} || '],'
       from cards k where k.run_id = m.run_id), '') end`;
  }

  /** `toRunView` in SQL. */
  private run(): string {
    const fields = this.json.object({
      runId: 'r.id',
      conversationId: 'coalesce(c.chosen_id, cast(c.id as text))',
      status: 'r.status',
      createdAt: this.json.moment('r.created_at'),
      finishedAt: this.json.moment('r.finished_at'),
    });
    return `'{' || ${this.errorCode()} || ${this.approvals()} || ${this.inputs()} || substr(${fields}, 2)`;
  }

  /** `toApprovalView` in SQL, of all that a run has asked; nothing for one that has asked nothing. */
  private approvals(): string {
    const fields = this.json.object({
      callId: 'a.call_id',
      title: 'a.title',
      summary: 'a.summary',
      state: 'a.state',
      createdAt: this.json.moment('a.created_at'),
      expiresAt: this.json.moment('a.expires_at'),
      decidedAt: this.json.moment('a.decided_at'),
    });
    const approval = `'{"arguments":' || a.arguments || ',' || substr(${fields}, 2)`;
    return `coalesce((select '"approvals":[' || ${this.json.items(approval, 'a.created_at, a.call_id')} || '],'
      from run_approvals a where a.run_id = r.id), '')`;
  }

  /** `toInputView` in SQL, with what was entered where it is still kept. */
  private inputs(): string {
    const fields = this.json.object({
      inputId: 'i.input_id',
      callId: 'i.call_id',
      kind: 'i.kind',
      title: 'i.title',
      message: 'i.message',
      state: 'i.state',
      createdAt: this.json.moment('i.created_at'),
      expiresAt: this.json.moment('i.expires_at'),
      decidedAt: this.json.moment('i.decided_at'),
    });
    const form = `case when i.fields is null then '' else '"fields":' || i.fields || ',' end`;
    const host = this.json.value(this.json.host('i.url'));
    const url = `case when i.url is null then ''
      else '"url":' || ${this.json.value('i.url')} || ',"host":' || ${host} || ',' end`;
    const connection = `case when i.connection_id is null then ''
      else '"connectionId":' || ${this.json.value('i.connection_id')} || ',' end`;
    const content = `case when i.content is null then '' else '"content":' || i.content || ',' end`;
    const input = `'{' || ${form} || ${url} || ${connection} || ${content} || substr(${fields}, 2)`;
    return `coalesce((select '"inputs":[' || ${this.json.items(input, 'i.created_at, i.input_id')} || '],'
      from run_inputs i where i.run_id = r.id), '')`;
  }

  private errorCode(): string {
    return `case when coalesce(r.error_code, '') = '' then ''
      else '"errorCode":' || ${this.json.value('r.error_code')} || ',' end`;
  }
}

function itemsById(rows: readonly ConversationRow[]): ReadonlyMap<string, string> {
  return new Map(rows.map(({ id, items }) => [id, items ?? '']));
}
