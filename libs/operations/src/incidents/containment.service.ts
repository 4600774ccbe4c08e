import { AccountDirectoryService } from '@app/auth';
import { AuditTrail, outcomeOf, type RecordAudit } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { IncidentAction } from './incident-action.entity.js';
import { IncidentJournalService } from './incident-journal.service.js';
import { isBeforeContainment } from './incident-phase.js';
import { IncidentError } from './incident.error.js';
import { toActionView } from './incident.view.js';
import type { ContainmentView } from './containment.view.js';
import {
  assertFields,
  type ContainmentDeed,
  ContainmentDeedsService,
  type ContainmentRequest,
} from './containment-deeds.service.js';
import type { IncidentChange } from './incident-change.js';
import type { Operator } from './operator.js';

/** The most different actions of one incident. */
const MAX_ACTIONS = 500;

/** After this time an action whose process has died may be tried again. Milliseconds. */
const GIVEN_UP_AFTER_MS = 60_000;

type End = Pick<IncidentAction, 'state'> & Partial<Pick<IncidentAction, 'errorCode' | 'resultId'>>;

/** Contains incidents: several actions in one call, each with its own end. */
@Injectable()
export class ContainmentService {
  private readonly log = new Logger('Incidents');

  constructor(
    private readonly em: EntityManager,
    private readonly journal: IncidentJournalService,
    private readonly deeds: ContainmentDeedsService,
    private readonly trail: AuditTrail,
    private readonly directory: AccountDirectoryService,
  ) {}

  /**
   * Does each action, one after the other, whatever becomes of those before it. The call can be repeated: what still
   * holds is not done twice, by this operator or another.
   *
   * @throws IncidentError `incident_not_found`, `incident_closed`, `incident_full`; SecurityError `invalid_input`
   */
  async contain(
    incidentId: string,
    requests: readonly ContainmentRequest[],
    operator: Operator,
  ): Promise<ContainmentView> {
    assertFields(requests);
    const deeds = new Map<string, ContainmentDeed>();
    for (const request of requests) {
      const deed = this.deeds.deedOf(incidentId, request, operator);
      deeds.set(keyOf(deed), deed);
    }
    const named = [...deeds.values()].flatMap(({ accountId }) => accountId ?? []);
    const known = await this.directory.namesOf(named);
    const claims = await this.journal.change(incidentId, operator, async (change) => {
      begin(change);
      await change.addAccounts([...known.keys()], 'action');
      const claims: [ContainmentDeed, boolean][] = [];
      for (const deed of deeds.values()) claims.push([deed, await this.claim(change, deed)]);
      return claims;
    });
    for (const [deed, isOurs] of claims) {
      if (isOurs) {
        await this.end(incidentId, deed, operator, await this.attempt(deed, operator, incidentId));
      }
    }
    const actionKey = { $in: claims.map(([deed]) => keyOf(deed)) };
    const actions = await this.em.fork().find(IncidentAction, { incidentId, actionKey });
    const byKey = new Map(actions.map((action) => [action.actionKey, action]));
    const ends = claims.map(([deed, isOurs]) => ({
      ...toActionView(byKey.get(keyOf(deed))!),
      wasThere: !isOurs,
    }));
    return { isContained: ends.every(({ state }) => state === 'succeeded'), actions: ends };
  }

  /** Whether it is ours to do. Written before it is done, so that a crash in between shows. */
  private async claim(change: IncidentChange, deed: ContainmentDeed): Promise<boolean> {
    const { em, incident, operator, now } = change;
    const [incidentId, actionKey] = [incident.id, keyOf(deed)];
    const before = await em.findOne(IncidentAction, { incidentId, actionKey });
    if (
      before?.state === 'running' &&
      now.getTime() - before.startedAt.getTime() < GIVEN_UP_AFTER_MS
    ) {
      return false;
    }
    if (before && (await deed.isDone(before, em))) return false;
    const begun = {
      state: 'running',
      startedAt: now,
      endedAt: null,
      actorId: operator.accountId,
    } as const;
    if (before) {
      Object.assign(before, begun, { attempts: before.attempts + 1, errorCode: null });
      return true;
    }
    if ((await em.count(IncidentAction, { incidentId })) >= MAX_ACTIONS) {
      throw IncidentError.full('actions');
    }
    const target = deed.target === null ? null : change.text(deed.target);
    em.create(IncidentAction, {
      incidentId,
      actionKey,
      type: deed.type,
      target,
      errorCode: null,
      resultId: null,
      attempts: 1,
      ...begun,
    });
    await em.flush();
    return true;
  }

  private async attempt(
    deed: ContainmentDeed,
    operator: Operator,
    incidentId: string,
  ): Promise<End> {
    const entry = { ...deed.audited, ...callOf(operator) };
    let isRecorded = false;
    const record: RecordAudit = async (objectId, em) => {
      await this.trail.recordIn(em, { ...entry, objectId, outcome: 'succeeded' });
      isRecorded = true;
    };
    try {
      const resultId = (await deed.run(record)) ?? null;
      const outcome = 'succeeded';
      if (!isRecorded) await this.trail.record({ ...entry, objectId: incidentId, outcome });
      return { state: outcome, resultId };
    } catch (error) {
      const errorCode = this.codeOf(error, deed);
      await this.trail.record({ ...entry, outcome: errorCode });
      return { state: 'failed', errorCode };
    }
  }

  /** Where it cannot be written, the action stays one that runs: those that follow are to be done all the same. */
  private async end(
    incidentId: string,
    deed: ContainmentDeed,
    operator: Operator,
    end: End,
  ): Promise<void> {
    try {
      await this.journal.conclude(incidentId, operator, async (change) => {
        const actionKey = keyOf(deed);
        const ended = { ...end, endedAt: change.now };
        await change.em.nativeUpdate(IncidentAction, { incidentId, actionKey }, ended);
        const outcome = end.errorCode ?? end.state;
        change.write({ kind: 'action', subject: actionKey, outcome });
      });
    } catch (err) {
      this.log.error({ event: 'operations.containment.failed', action: deed.type, err });
    }
  }

  private codeOf(error: unknown, { type }: ContainmentDeed): string {
    const code = outcomeOf(error);
    if (code === 'internal_error') {
      this.log.error({ event: 'operations.containment.failed', action: type, err: error });
    }
    return code;
  }
}

function keyOf({ type, target }: ContainmentDeed): string {
  return target === null ? type : `${type}: ${target}`;
}

function callOf({ accountId, ip, requestId }: Operator) {
  return { ...(accountId ? { actorId: accountId } : {}), ip, requestId };
}

/** An incident that is being contained is in that phase, unless it is past it. */
function begin(change: IncidentChange): void {
  if (!isBeforeContainment(change.incident.phase)) return;
  change.incident.phase = 'contain';
  change.write({ kind: 'phase_changed', subject: 'contain' });
}
