/** A mistake that a change could make, and the tests of which one must fail then. */
export interface Mutation {
  readonly name: string;
  /** Texts of sources, each of which stands there once, and what stands there instead. */
  readonly edits: readonly {
    readonly file: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** A test file, and the pattern of the names of its tests; `.` for all. */
  readonly test: {
    readonly project: 'unit' | 'edges' | 'e2e';
    readonly file: string;
    readonly names: string;
  };
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a conversation is found without its owner',
    edits: [
      {
        file: 'libs/chat/src/ownership/owned-conversation.ts',
        from: '{ id: { $in: [...conversationKeys(accountId, id)] }, accountId }',
        to: '{ id: { $in: [...conversationKeys(accountId, id)] } }',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/chat.e2e-spec.ts',
      names: 'of another user answers as if it did not exist',
    },
  },
  {
    name: 'a tool is called that the profile does not allow',
    edits: [
      {
        file: 'libs/chat/src/profiles/profile.ts',
        from: 'profile.allowedTools[name]?.includes(tool)',
        to: 'name in profile.allowedTools || tool',
      },
      {
        file: 'libs/chat/src/engine/direct.engine.ts',
        from: '[...Object.values(profile.allowedTools).flat(), HELP]',
        to: '[...Object.values(profile.allowedTools).flat(), typed.name, HELP]',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/chat.e2e-spec.ts',
      names: 'cannot be reached: ',
    },
  },
  {
    name: 'a sign-in logs its password',
    edits: [
      {
        file: 'libs/auth/src/sign-in/sign-in.service.ts',
        from: "this.log.warn({ event: 'auth.login.failed', userId: id });",
        to: "this.log.warn({ event: 'auth.login.failed', userId: id, reason: password });",
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/audit-and-logs.e2e-spec.ts',
      names: 'tells of a failed login without what was typed',
    },
  },
  {
    name: 'a revocation is not told to the cache of sessions',
    edits: [
      {
        file: 'libs/auth/src/sessions/session.service.ts',
        from: 'for (const id of sessionIds) this.cache.forget(id);',
        to: 'void sessionIds;',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/auth/sessions.e2e-spec.ts',
      names: 'takes effect at the next request',
    },
  },
  {
    name: 'a refresh token is claimed without asking whether it was used',
    edits: [
      {
        file: 'libs/auth/src/sessions/refresh-token.service.ts',
        from: '{ tokenHash, usedAt: null, expiresAt: { $gt: now } }',
        to: '{ tokenHash, expiresAt: { $gt: now } }',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/auth/sessions.e2e-spec.ts',
      names: 'one notice for concurrent reuses|one successor',
    },
  },
  {
    name: 'the audience of a token is not checked',
    edits: [
      {
        file: 'libs/auth/src/sessions/guards/jwt.strategy.ts',
        from: '      audience: TOKEN_RULES.audience,\n',
        to: '',
      },
    ],
    test: { project: 'e2e', file: 'test/e2e/accounts.e2e-spec.ts', names: 'audience' },
  },
  {
    name: 'bcrypt gets the password itself, of which it reads 72 bytes',
    edits: [
      {
        file: 'libs/auth/src/accounts/credentials/password-hash.service.ts',
        from: `return createHmac('sha384', this.config.passwordPepper)
      .update(password.normalize('NFKC'))
      .digest('base64');`,
        to: `void createHmac;
    return password.normalize('NFKC');`,
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/accounts.e2e-spec.ts',
      names: 'three bytes each are accepted, and every one of them counts',
    },
  },
  {
    name: 'each handler has a counter of its own for a limit',
    edits: [
      {
        file: 'libs/security/src/throttling/policy-throttler.guard.ts',
        from: 'const key = `${name}:${tracker}`;',
        to: 'const key = `${name}:${tracker}:${(request as unknown as FastifyRequest).routeOptions.url}`;',
      },
    ],
    test: {
      project: 'edges',
      file: 'test/e2e/policies.e2e-spec.ts',
      names: 'one counter per user over all routes',
    },
  },
  {
    name: 'every origin is let in',
    edits: [
      {
        file: 'libs/security/src/http/cors.ts',
        from: 'answer(null, origin !== undefined && allowed.has(origin))',
        to: 'answer(null, origin !== undefined || allowed.has(origin ?? ""))',
      },
    ],
    test: { project: 'edges', file: 'test/e2e/policies.e2e-spec.ts', names: 'no CORS header' },
  },
  {
    name: 'unknown fields are dropped instead of refused',
    edits: [
      {
        file: 'libs/security/src/validation/input.pipe.ts',
        from: 'forbidNonWhitelisted: true',
        to: 'forbidNonWhitelisted: false',
      },
    ],
    test: { project: 'unit', file: 'libs/security/src/validation/input.pipe.spec.ts', names: '.' },
  },
  {
    name: 'nothing is recorded in the audit trail',
    edits: [
      {
        file: 'libs/logging/src/audit/audit.interceptor.ts',
        from: 'if (!policy) return next.handle();',
        to: 'if (policy || !policy) return next.handle();',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/audit-and-logs.e2e-spec.ts',
      names: 'knows who signed in|keeps what was refused',
    },
  },
  {
    name: 'a route of the chat is public',
    edits: [
      {
        file: 'libs/chat/src/conversations/conversation.controller.ts',
        from: "import { CurrentUser, type Principal } from '@app/access';",
        to: "import { CurrentUser, type Principal, Public } from '@app/access';",
      },
      {
        file: 'libs/chat/src/conversations/conversation.controller.ts',
        from: "  @Get('conversations')",
        to: "  @Public()\n  @Get('conversations')",
      },
    ],
    test: {
      project: 'edges',
      file: 'test/e2e/contract.e2e-spec.ts',
      names: 'is what the decorators declare',
    },
  },
  {
    name: 'a message is not stored before it is answered',
    edits: [
      {
        file: 'libs/chat/src/runs/begin-run.ts',
        from: "values (?, ?, ?, 'user', ?, ?)",
        to: "select ?, ?, ?, 'user', ?, ? where false",
      },
    ],
    test: {
      project: 'edges',
      file: 'test/e2e/failing-servers.e2e-spec.ts',
      names: 'fails that one message in time and clearly',
    },
  },
  {
    name: 'a conversation has two runs at the same time',
    edits: [
      {
        file: 'libs/persistence/src/migrations/20261127020000-one-writer.ts',
        from: 'create unique index runs_turn',
        to: 'create index runs_turn',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/turns.e2e-spec.ts',
      names: 'messages that come at once to one conversation',
    },
  },
  {
    name: 'a person is told of the run of another one as the run in the way',
    edits: [
      {
        file: 'libs/chat/src/runs/open-runs.ts',
        from: 'where finished_at is null and c.account_id = ?',
        to: 'where finished_at is null and (c.account_id = ? or true)',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/turns.e2e-spec.ts',
      names: 'tell nothing of the runs in the conversation of another user',
    },
  },
  {
    name: 'a model goes on when the day of the person is used up',
    edits: [
      {
        file: 'libs/chat/src/usage/allowance.service.ts',
        from: 'daily.find(({ used, limit }) => used >= limit)',
        to: 'daily.find(({ used, limit }) => used >= limit * 1e9)',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/allowances.e2e-spec.ts',
      names: 'what a model uses in a day',
    },
  },
  {
    name: 'the weather is served without being switched on',
    edits: [
      {
        file: 'libs/chat/src/profiles/profile-catalog.ts',
        from: '(!enabledBy || profileSwitches[enabledBy])',
        to: '(!enabledBy || profileSwitches[enabledBy] !== undefined)',
      },
    ],
    test: {
      project: 'edges',
      file: 'test/e2e/weather.e2e-spec.ts',
      names: 'is not there unless the operator wants it',
    },
  },
  {
    name: 'an internal error tells the caller of its stack',
    edits: [
      {
        file: 'libs/security/src/errors/safe-error.filter.ts',
        from: "const message = 'Something went wrong on our side. Try again later.';",
        to: 'const message = String((thrown as Error).stack);',
      },
    ],
    test: {
      project: 'unit',
      file: 'libs/security/src/errors/safe-error.filter.spec.ts',
      names: '.',
    },
  },
  {
    name: 'an approval is decided by another user',
    edits: [
      {
        file: 'libs/chat/src/ownership/owned-run.ts',
        from: '{ id: run.conversationId, accountId }',
        to: '{ id: run.conversationId }',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/approvals.e2e-spec.ts',
      names: 'is refused to other people',
    },
  },
  {
    name: 'what was approved is not compared with what is done',
    edits: [
      {
        file: 'libs/chat/src/engine/approval-card.ts',
        from: "if (!isSame) throw ChatError.failed('approval_mismatch');",
        to: "if (!isSame && !tool) throw ChatError.failed('approval_mismatch');",
      },
    ],
    test: { project: 'e2e', file: 'test/e2e/approvals.e2e-spec.ts', names: 'is not done with' },
  },
  {
    name: 'a run that waits is taken over by two processes',
    edits: [
      {
        file: 'libs/chat/src/runs/waiting-runs.ts',
        from: 'where id = ? and status = ? and cancel_requested_at is null',
        to: "where id = ? and status in (?, 'running') and cancel_requested_at is null",
      },
      {
        file: 'libs/chat/src/runs/waiting-runs.ts',
        from: 'await em.nativeDelete(RunSuspension, { runId });\n      const approvals',
        to: 'const approvals',
      },
    ],
    test: { project: 'e2e', file: 'test/e2e/approvals.e2e-spec.ts', names: 'is taken once' },
  },
  {
    name: 'a model writes without an approval',
    edits: [
      {
        file: 'libs/chat/src/engine/model-tools.ts',
        from: "return riskOf(this.turn.profile, tool) === 'write';",
        to: "return riskOf(this.turn.profile, tool) === 'write' && tool.name === '';",
      },
    ],
    test: {
      project: 'edges',
      file: 'test/attack/injections/injections.e2e-spec.ts',
      names: 'that delete|that pay',
    },
  },
  {
    name: 'the words of a deleted message stay in the index',
    edits: [
      {
        file: 'libs/persistence/src/migrations/20261127050000-searched-messages.ts',
        from: `insert into searched_words (searched_words, rowid, words) values ('delete', old.number, old.words);`,
        to: 'select 1;',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/search.e2e-spec.ts',
      names: 'keeps no word of it',
    },
  },
  {
    name: 'a tool is used that has changed since it was pinned',
    edits: [
      {
        file: 'libs/chat/src/pins/pin-comparison.ts',
        from: 'pin.sha256 === digest && pin.server === server',
        to: 'pin.server === server',
      },
    ],
    test: { project: 'edges', file: 'test/e2e/pins.e2e-spec.ts', names: 'is withheld, logged' },
  },
  {
    name: 'a file of an answer is found without its owner',
    edits: [
      {
        file: 'libs/chat/src/cards/card.store.ts',
        from: 'and c.account_id = ? and',
        to: 'and ? is not null and',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/e2e/cards.e2e-spec.ts',
      names: 'is as if it did not exist, as is a deleted one',
    },
  },
  {
    name: 'a token is sent to a server that it is not for',
    edits: [
      {
        file: 'libs/connections/src/tokens/connection-tokens.ts',
        from: 'return isOf(resource, url, checkResourceAllowed) && isNamedIssuer(authorization, issuer);',
        to: 'return isNamedIssuer(authorization, issuer);',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/server-connections.e2e-spec.ts',
      names: 'shows one that fits no more',
    },
  },
  {
    name: 'the tokens of other services are stored unsealed',
    edits: [
      {
        file: 'libs/connections/src/store/connection-store.ts',
        from: "return this.box.seal('server-grant', id, JSON.stringify(grant));",
        to: 'return JSON.stringify(grant);',
      },
      {
        file: 'libs/connections/src/store/connection-store.ts',
        from: "JSON.parse(this.box.open('server-grant', id, sealedGrant)) as Grant",
        to: 'JSON.parse(sealedGrant) as Grant',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/server-connections.e2e-spec.ts',
      names: 'keeps no token in the database',
    },
  },
  {
    name: 'the counter of changes is read after the rows',
    edits: [
      {
        file: 'libs/persistence/src/changes/change-follower.ts',
        from: 'const version = this.toldVersion;\n    await this.read();',
        to: 'await this.read();\n    const version = this.toldVersion;',
      },
    ],
    test: {
      project: 'unit',
      file: 'libs/persistence/src/changes/change-follower.spec.ts',
      names: 'reads again what was committed while it read',
    },
  },
  {
    name: 'other instances are not told of new keys',
    edits: [
      {
        file: 'libs/auth/src/sessions/tokens/key-rotation.service.ts',
        from: "await noteChange(em, 'keys');",
        to: '',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/effects.e2e-spec.ts',
      names: 'the signing keys are replaced',
    },
  },
  {
    name: 'other instances are not told of blocks and switches',
    edits: [
      {
        file: 'libs/operations/src/changes/followed-row.ts',
        from: 'await noteChange(em, topic);',
        to: '',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/effects.e2e-spec.ts',
      names: 'is blocked|is switched off',
    },
  },
  {
    name: 'a webhook is waited for without end',
    edits: [
      {
        file: 'libs/operations/src/notifications/webhook.sender.ts',
        from: 'signal: AbortSignal.any([shutdown, AbortSignal.timeout(TIMEOUT_MS)]),',
        to: 'signal: shutdown,',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/webhooks.e2e-spec.ts',
      names: 'hangs is tried again later and later',
    },
  },
  {
    name: 'a webhook is followed to where its receiver leads',
    edits: [
      {
        file: 'libs/operations/src/notifications/webhook.sender.ts',
        from: "redirect: 'manual',",
        to: "redirect: 'follow',",
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/attack/webhooks.e2e-spec.ts',
      names: 'has not taken the notification',
    },
  },
  {
    name: 'the database of a later release is used',
    edits: [
      {
        file: 'libs/persistence/src/migrate.ts',
        from: 'if (later === undefined) return;',
        to: 'if (later === undefined || later) return;',
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/upgrade/upgrade.e2e-spec.ts',
      names: 'are refused by this release once a later one has migrated them',
    },
  },
  {
    name: 'an upgrade ends the sessions of devices',
    edits: [
      {
        file: 'libs/persistence/src/migrations/20261128080000-session-generations.ts',
        from: "('device', 1, null, true)",
        to: "('device', 3, null, true)",
      },
    ],
    test: {
      project: 'e2e',
      file: 'test/upgrade/upgrade.e2e-spec.ts',
      names: 'have a device without an account go on',
    },
  },
];
