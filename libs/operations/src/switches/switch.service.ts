import type { RecordAudit } from '@app/logging';
import { type ServicePart, SwitchBoard, type SwitchScope } from '@app/switches';
import { EntityManager, type FilterQuery } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { inForce, longOver, markChanged } from '../changes/followed-row.js';
import { KnownSwitches } from './known-switches.js';
import { OperatorSwitch } from './operator-switch.entity.js';
import { SwitchError } from './switch.error.js';
import { parsePart } from './switch-target.js';
import { type SwitchPageView, type SwitchView, toSwitchView } from './switch.view.js';

/** What an operator wants switched off. */
export interface NewSwitch extends ServicePart {
  readonly reason: string;
  /** How long; until it is switched on again without. Milliseconds. */
  readonly durationMs?: number;
}

/** Who switches; absent for a command, and for a rule that does it by itself. */
export interface SwitchOperator {
  readonly accountId: string;
  readonly deviceId?: string;
}

/** Which rows to read. */
export interface SwitchFilter {
  readonly scopes?: readonly SwitchScope[];
  /** Only those older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const OWNER_OF_DEVICE = 'select account_id as "accountId" from known_devices where id = ?';
const OWNER_OF_ACCOUNT = 'select id as "accountId" from accounts where id = ?';

/** Switches parts of the service off, and on again: here at once, and by `SwitchListService` on every instance within a second. */
@Injectable()
export class SwitchService {
  constructor(
    private readonly em: EntityManager,
    private readonly board: SwitchBoard,
    private readonly known: KnownSwitches,
  ) {}

  /** What is off, the latest first. */
  async page({ scopes, before, limit }: SwitchFilter): Promise<SwitchPageView> {
    const found = await this.em.fork().find(
      OperatorSwitch,
      {
        ...inForce(),
        ...(scopes && { scope: { $in: [...scopes] } }),
        ...(before && { id: { $lt: before } }),
      },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    );
    const switches = found.slice(0, limit).map(toSwitchView);
    return { switches, nextCursor: found.length > limit ? switches.at(-1)!.id : null };
  }

  /**
   * What was off before is off as it is said now: with this reason, and as long as this.
   *
   * @param record writes the record in the same transaction
   * @throws SwitchError `part_not_found`, `own_account`
   */
  async off(
    { reason, durationMs, ...wanted }: NewSwitch,
    operator?: SwitchOperator,
    record?: RecordAudit,
  ): Promise<SwitchView> {
    const part = parsePart(wanted.scope, wanted.target);
    if (!part || !this.board.mayExist(part)) throw SwitchError.partNotFound();
    const { scope, target = '' } = part;
    const now = new Date();
    const { view, removed } = await this.fork().transactional(async (em) => {
      const accountId = await ownerOf(em, part);
      assertNotOwn(part, operator);
      await em.nativeDelete(OperatorSwitch, longOver(now));
      const replaced = await remove(em, { scope, target, ...inForce() });
      const expiresAt = durationMs === undefined ? null : new Date(now.getTime() + durationMs);
      const one = em.create(OperatorSwitch, {
        id: v7(),
        scope,
        target,
        accountId,
        reason,
        operatorId: operator?.accountId ?? null,
        createdAt: now,
        expiresAt,
        removedAt: null,
        changedAt: now,
      });
      await em.persist(one).flush();
      await record?.(target === '' ? one.id : target, em);
      await markChanged(em, 'switches', [...replaced, one.id]);
      return { view: toSwitchView(one), removed: replaced };
    });
    const end = view.expiresAt === null ? Infinity : Date.parse(view.expiresAt);
    this.known.keep(view.id, part, end);
    this.forget(removed);
    return view;
  }

  /** Whether what that row has switched off still is. */
  async isInForce(id: string, em: EntityManager = this.fork()): Promise<boolean> {
    return (await em.count(OperatorSwitch, { id, ...inForce() })) > 0;
  }

  /** Switches on again what that row has switched off. @throws SwitchError `switch_not_found` */
  async on(id: string, record?: RecordAudit): Promise<SwitchView> {
    const found = await this.em.fork().findOne(OperatorSwitch, { id, ...inForce() });
    if (!found) throw SwitchError.notFound();
    await this.onAgain({ scope: found.scope, target: found.target }, record);
    return toSwitchView(found);
  }

  /** The same by what is off. @throws SwitchError `switch_not_found` */
  async onAgain({ scope, target = '' }: ServicePart, record?: RecordAudit): Promise<void> {
    const removed = await this.fork().transactional(async (em) => {
      const found = await remove(em, { scope, target, ...inForce() });
      if (found.length === 0) throw SwitchError.notFound();
      await record?.(target === '' ? found[0]! : target, em);
      await markChanged(em, 'switches', found);
      return found;
    });
    this.forget(removed);
  }

  private forget(ids: readonly string[]): void {
    for (const id of ids) this.known.forget(id);
    this.known.tellBoard();
  }

  private fork(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}

/** The account that a switch of it, or of its device, is kept with. */
async function ownerOf(
  em: SqlEntityManager,
  { scope, target = '' }: ServicePart,
): Promise<string | null> {
  if (scope !== 'account' && scope !== 'device') return null;
  const sql = scope === 'account' ? OWNER_OF_ACCOUNT : OWNER_OF_DEVICE;
  const [owner] = await em.execute<{ accountId: string }[]>(sql, [target]);
  if (!owner) throw SwitchError.partNotFound();
  return owner.accountId;
}

function assertNotOwn({ scope, target }: ServicePart, operator?: SwitchOperator): void {
  if (!operator) return;
  const own = { account: operator.accountId, device: operator.deviceId };
  if ((scope === 'account' || scope === 'device') && own[scope] === target) {
    throw SwitchError.ownAccount();
  }
}

/** The caller marks them as changed. */
async function remove(em: SqlEntityManager, where: FilterQuery<OperatorSwitch>): Promise<string[]> {
  const found = await em.find(OperatorSwitch, where, { fields: ['id'] });
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return [];
  await em.nativeUpdate(OperatorSwitch, { id: { $in: ids } }, { removedAt: new Date() });
  return ids;
}
