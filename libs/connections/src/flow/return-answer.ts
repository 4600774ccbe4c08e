import { OwnAnswer } from '@app/security';
import type { FastifyReply } from 'fastify';
import { spacedCode } from './confirmation-code.js';
import type { ReturnError, ReturnOutcome } from './return.service.js';

export type ReturnAnswer = ReturnPage | ReturnToApp;

/** Opens the app, with the code and nothing else of what the browser has brought. */
export class ReturnToApp extends OwnAnswer {
  constructor(
    private readonly address: string,
    private readonly connectionId: string | undefined,
    private readonly outcome: ReturnOutcome,
  ) {
    super();
  }

  override sendTo(reply: FastifyReply): void {
    const url = new URL(this.address);
    for (const [name, value] of Object.entries(this.outcome)) url.searchParams.set(name, value);
    if (this.connectionId !== undefined) url.searchParams.set('connection', this.connectionId);
    void reply.redirect(url.href, 303);
  }
}

const ERROR_WORDS: Readonly<Record<ReturnError, string>> = {
  expired: 'This took too long, or it has been done before. Go back to the app and begin again.',
  denied: 'You have not allowed it. Nothing has been connected. You can close this page.',
  failed: 'This did not work. Nothing has been connected. Go back to the app and try again.',
};

/** For an app that no link opens: the person types the code there. The page has no scripts, styles or links. */
export class ReturnPage extends OwnAnswer {
  constructor(private readonly outcome: ReturnOutcome) {
    super();
  }

  override sendTo(reply: FastifyReply): void {
    void reply
      .status(200)
      .header('content-type', 'text/html; charset=utf-8')
      .send(page(this.outcome));
  }
}

/** What is put in are words and codes of our own. */
function page(outcome: ReturnOutcome): string {
  const body =
    'code' in outcome
      ? `<h1>Almost done</h1><p>Type this code into the app in which you began:</p><p><strong>${spacedCode(outcome.code)}</strong></p><p>If you did not begin this yourself, close this page and give the code to no one.</p>`
      : `<h1>Not connected</h1><p>${ERROR_WORDS[outcome.error]}</p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MCP Phone gateway</title></head><body>${body}</body></html>`;
}
