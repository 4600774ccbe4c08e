import { entryInMarkdown, headInMarkdown, type NamedEntry } from './incident-report.js';
import type { IncidentDetailView } from './incident.view.js';

const ENTRY: NamedEntry = {
  number: 3,
  occurredAt: '2026-11-28T03:20:00.000Z',
  kind: 'note',
  actorId: '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d',
  actorName: 'ada_l',
  subject: null,
  outcome: null,
  text: '',
};

const INCIDENT: IncidentDetailView = {
  id: '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d',
  kind: 'other',
  title: 'A <b>bold</b> title\n# and a heading',
  severity: null,
  phase: 'contain',
  openedAt: '2026-11-28T03:20:00.000Z',
  changedAt: '2026-11-28T03:20:00.000Z',
  closedAt: null,
  summary: null,
  lessons: null,
  affectedAccounts: 0,
  events: [
    {
      eventId: '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3e',
      rule: 'injection-pattern',
      severity: 'medium',
      subjectType: 'tool',
      accountId: null,
      address: null,
      object: 'notes/a|b/read',
      evidence: { results: 2, patterns: ['system', 'ignore'] },
      count: 2,
      firstSeenAt: '2026-11-28T03:10:00.000Z',
      lastSeenAt: '2026-11-28T03:20:00.000Z',
      linkedAt: '2026-11-28T03:20:00.000Z',
    },
  ],
  items: [],
  actions: [
    {
      type: 'block',
      target: 'a | b',
      state: 'failed',
      errorCode: 'own_address',
      resultId: null,
      attempts: 2,
      startedAt: '2026-11-28T03:20:00.000Z',
      endedAt: null,
    },
  ],
};

describe('a report in Markdown', () => {
  it('keeps what was typed in its line, and without effect', () => {
    const head = headInMarkdown(INCIDENT);
    expect(head).toContain('# A \\<b\\>bold\\</b\\> title \\# and a heading\n');
    expect(head.match(/^# /gm)).toHaveLength(1);
    expect(head).toContain(
      '| injection-pattern | medium | notes/a\\|b/read | 2 | 2026-11-28T03:10:00.000Z | 2026-11-28T03:20:00.000Z | results: 2; patterns: system, ignore |',
    );
    expect(head).toContain('| block | a \\| b | own_address | 2 |');
  });

  it('names who did something, and quotes what they wrote', () => {
    expect(entryInMarkdown({ ...ENTRY, text: 'one\r\n4. two' })).toBe(
      `3. ${ENTRY.occurredAt} by ada\\_l (${ENTRY.actorId}): note\n\n   > one\n   > 4. two\n\n`,
    );
    expect(entryInMarkdown({ ...ENTRY, actorId: null, actorName: null })).toContain(
      'by a command on the server, or a rule: note',
    );
  });
});
