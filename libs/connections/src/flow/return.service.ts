import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { serverConnectionsConfig } from '../server-connections.config.js';
import { assertIssuer } from '../oauth/authorization-code.js';
import { asOAuthFailure } from '../oauth/oauth-failure.js';
import { ConnectionAttempts, type OpenAttempt } from './connection-attempts.js';
import { type ReturnAnswer, ReturnToApp, ReturnPage } from './return-answer.js';
import type { ReturnedAnswer } from './returned-query.decorator.js';

/** What has come of it, as the app is told. */
export type ReturnOutcome = { readonly code: string } | { readonly error: ReturnError };

/** `expired`: it has been used, it took too long, or it never was. `denied`: the person has said no. */
export type ReturnError = 'expired' | 'denied' | 'failed';

/**
 * Takes people back to the app. The browser that comes is signed in to nothing here, and perhaps not of the person who has
 * begun: it gets no more than a code, with which that person's app may go on.
 */
@Injectable()
export class ReturnService {
  private readonly log = new Logger('Connections');

  constructor(
    private readonly attempts: ConnectionAttempts,
    @Inject(serverConnectionsConfig.KEY)
    private readonly config: ConfigType<typeof serverConnectionsConfig>,
  ) {}

  async receive(answer: ReturnedAnswer): Promise<ReturnAnswer> {
    const attempt =
      answer.state === undefined ? undefined : await this.attempts.takeBegun(answer.state);
    if (!attempt) return this.land(undefined, { error: 'expired' });
    return this.land(attempt.server, await this.outcomeOf(attempt, answer));
  }

  private async outcomeOf(
    attempt: OpenAttempt,
    { code, iss, error }: ReturnedAnswer,
  ): Promise<ReturnOutcome> {
    try {
      // Before anything of the answer is looked at: it may be of another server (RFC 9207 §2.4).
      await assertIssuer(attempt.stored.pending!.metadata, iss);
    } catch (mismatch) {
      return this.fail(attempt, 'failed', asOAuthFailure(mismatch).reason);
    }
    if (error === 'access_denied') return this.fail(attempt, 'denied', 'The person has said no.');
    if (code === undefined) return this.fail(attempt, 'failed', 'The answer has no code.');
    return { code: await this.attempts.awaitConfirmation(attempt, { code, iss }) };
  }

  private async fail(
    attempt: OpenAttempt,
    error: ReturnError,
    reason: string,
  ): Promise<ReturnOutcome> {
    const { accountId } = attempt;
    this.log.warn({ event: 'oauth.return.refused', userId: accountId, reason });
    await this.attempts.end(attempt);
    return { error };
  }

  private land(connectionId: string | undefined, outcome: ReturnOutcome): ReturnAnswer {
    const { returnUrl } = this.config;
    if (returnUrl === undefined) return new ReturnPage(outcome);
    return new ReturnToApp(returnUrl, connectionId, outcome);
  }
}
