import { AccountDirectoryService } from '@app/auth';
import { Injectable, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { AffectedAccountService } from './affected-account.service.js';
import {
  accountInMarkdown,
  entryInMarkdown,
  headInMarkdown,
  type NamedEntry,
} from './incident-report.js';
import { IncidentService } from './incident.service.js';
import type { AffectedAccountView, IncidentDetailView } from './incident.view.js';

export const REPORT_FORMATS = ['markdown', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** How many entries or accounts are in memory at a time. */
const ROWS_PER_STEP = 100;

const TYPES = {
  markdown: { type: 'text/markdown; charset=utf-8', extension: 'md' },
  json: { type: 'application/json; charset=utf-8', extension: 'json' },
} as const;

/** Incidents as files: everything that is known of one, in the order in which it happened. */
@Injectable()
export class IncidentReportService {
  constructor(
    private readonly incidents: IncidentService,
    private readonly accounts: AffectedAccountService,
    private readonly directory: AccountDirectoryService,
  ) {}

  /** @throws IncidentError `incident_not_found` */
  async file(id: string, format: ReportFormat): Promise<StreamableFile> {
    const { type, extension } = TYPES[format];
    const content = Readable.from(await this.text(id, format), { objectMode: false });
    const disposition = `attachment; filename="incident-${id}.${extension}"`;
    return new StreamableFile(content, { type, disposition });
  }

  /** The same, piece by piece. @throws IncidentError `incident_not_found` */
  async text(id: string, format: ReportFormat): Promise<AsyncGenerator<string>> {
    const incident = await this.incidents.get(id);
    return format === 'json' ? this.asJson(incident) : this.asMarkdown(incident);
  }

  private async *asMarkdown(incident: IncidentDetailView): AsyncGenerator<string> {
    yield headInMarkdown(incident);
    yield '\n## Timeline\n\n';
    for await (const entry of this.entries(incident.id)) yield entryInMarkdown(entry);
    yield '\n## Affected accounts\n\n';
    if (incident.affectedAccounts === 0) yield 'None is known.\n';
    for await (const account of this.affected(incident.id)) yield accountInMarkdown(account);
  }

  private async *asJson(incident: IncidentDetailView): AsyncGenerator<string> {
    yield `${JSON.stringify(incident).slice(0, -1)},"timeline":[`;
    yield* listed(this.entries(incident.id));
    yield '],"accounts":[';
    yield* listed(this.affected(incident.id));
    yield ']}\n';
  }

  private async *entries(id: string): AsyncGenerator<NamedEntry> {
    for (let after: number | undefined = 0; after !== undefined;) {
      const { entries, nextCursor } = await this.incidents.timeline(id, ROWS_PER_STEP, after);
      const actors = new Set(entries.flatMap(({ actorId }) => actorId ?? []));
      const names = await this.directory.namesOf([...actors]);
      for (const entry of entries) {
        yield Object.assign({ actorName: names.get(entry.actorId ?? '') ?? null }, entry);
      }
      after = nextCursor ?? undefined;
    }
  }

  private async *affected(id: string): AsyncGenerator<AffectedAccountView> {
    for (let after: string | undefined; ;) {
      const { accounts, nextCursor } = await this.accounts.list(id, ROWS_PER_STEP, after);
      yield* accounts;
      if (nextCursor === null) return;
      after = nextCursor;
    }
  }
}

async function* listed(items: AsyncIterable<object>): AsyncGenerator<string> {
  let separator = '\n';
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ',\n';
  }
}
