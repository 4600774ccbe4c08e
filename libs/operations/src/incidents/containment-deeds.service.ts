import { type Kept, KeyRotationService, SignOutService } from '@app/auth';
import type { RecordAudit } from '@app/logging';
import { SecurityError } from '@app/security';
import type { EntityManager } from '@mikro-orm/core';
import type { SwitchScope } from '@app/switches';
import { Injectable } from '@nestjs/common';
import { isIP } from 'node:net';
import { BlockService } from '../blocks/block.service.js';
import { millisecondsOf } from '../changes/milliseconds.js';
import { parsePart } from '../switches/switch-target.js';
import { SwitchService } from '../switches/switch.service.js';
import { AffectedAccountService } from './affected-account.service.js';
import type { ContainmentType } from './containment-type.js';
import type { IncidentAction } from './incident-action.entity.js';
import type { Operator } from './operator.js';

/** One action as it is asked for; each type needs some of the fields, and takes no others. */
export interface ContainmentRequest {
  readonly type: ContainmentType;
  readonly accountId?: string;
  readonly network?: string;
  readonly scope?: SwitchScope;
  readonly target?: string;
  readonly seconds?: number;
  readonly withDevices?: boolean;
  readonly keepOld?: boolean;
  readonly again?: boolean;
}

/** One action as it is done. */
export interface ContainmentDeed {
  readonly type: ContainmentType;
  readonly target: string | null;
  /** How the audit trail has it. */
  readonly audited: { readonly action: string; readonly objectType: string };
  /** The account that it concerns. */
  readonly accountId?: string;
  /** Whether what an earlier call did still holds, so that there is nothing to do. */
  isDone(before: IncidentAction, em: EntityManager): boolean | Promise<boolean>;
  /**
   * The id of what it made, if anything.
   *
   * @param record to be called in the transaction of the change
   */
  run(record: RecordAudit): Promise<string | undefined>;
}

/** The most fields that one answer names. */
const MAX_DETAILS = 20;

type Field = Exclude<keyof ContainmentRequest, 'type'>;

interface Fields {
  readonly needed: readonly Field[];
  readonly optional: readonly Field[];
}

const FIELDS: Readonly<Record<ContainmentType, Fields>> = {
  sign_out: { needed: ['accountId'], optional: ['again'] },
  sign_out_affected: { needed: [], optional: ['again'] },
  sign_out_everyone: { needed: [], optional: ['withDevices', 'again'] },
  block: { needed: ['network'], optional: ['seconds', 'again'] },
  switch_off: { needed: ['scope'], optional: ['target', 'seconds', 'again'] },
  rotate_keys: { needed: [], optional: ['keepOld', 'again'] },
};

/** Refuses the whole list if one of its actions lacks a field, or has one of another type. @throws SecurityError `invalid_input` */
export function assertFields(requests: readonly ContainmentRequest[]): void {
  const details = requests.flatMap((request, index) =>
    faultsOf(request).map(([name, what]) => ({
      field: `actions.${index}.${name}`,
      message: `${name} ${what} ${request.type}`,
    })),
  );
  if (details.length > 0) throw SecurityError.invalidInput(details.slice(0, MAX_DETAILS));
}

function faultsOf(request: ContainmentRequest): (readonly [Field, string])[] {
  const { needed, optional } = FIELDS[request.type];
  const names = (Object.keys(request) as (keyof ContainmentRequest)[])
    .filter((name) => request[name] !== undefined)
    .filter((name) => name !== 'type');
  const { scope, target } = request;
  return [
    ...needed
      .filter((name) => !names.includes(name))
      .map((name) => [name, 'is needed by'] as const),
    ...names
      .filter((name) => !needed.includes(name) && !optional.includes(name))
      .map((name) => [name, 'is no field of'] as const),
    ...(scope !== undefined && !parsePart(scope, target)
      ? [['target', 'names nothing of that scope for'] as const]
      : []),
  ];
}

/** What containment can do, over the services that do it for everyone else. */
@Injectable()
export class ContainmentDeedsService {
  constructor(
    private readonly signOut: SignOutService,
    private readonly keys: KeyRotationService,
    private readonly blocks: BlockService,
    private readonly switches: SwitchService,
    private readonly affected: AffectedAccountService,
  ) {}

  deedOf(incidentId: string, request: ContainmentRequest, operator: Operator): ContainmentDeed {
    const { type } = request;
    switch (type) {
      case 'sign_out':
        return this.signOutOf(request.accountId!, operator);
      case 'sign_out_affected':
        return this.signOutOfAffected(incidentId, operator);
      case 'sign_out_everyone':
        return this.signOutOfEveryone(request, operator);
      case 'block':
        return this.blockOf(incidentId, request, operator);
      case 'switch_off':
        return this.switchOf(incidentId, request, operator);
      case 'rotate_keys':
        return this.rotation(request);
      default:
        return type satisfies never;
    }
  }

  /** Signing out again does no harm, and ends what was opened since. */
  private signOutOf(accountId: string, operator: Operator): ContainmentDeed {
    return {
      type: 'sign_out',
      target: accountId,
      accountId,
      audited: { action: 'user.signed_out', objectType: 'account' },
      isDone: () => false,
      run: async (record) => {
        const keep = operator.accountId === accountId ? keptOf(operator) : {};
        await this.signOut.signOut(accountId, keep, record);
        return undefined;
      },
    };
  }

  private signOutOfAffected(incidentId: string, operator: Operator): ContainmentDeed {
    return {
      type: 'sign_out_affected',
      target: null,
      audited: { action: 'users.signed_out', objectType: 'incident' },
      isDone: () => false,
      run: async () => {
        await this.signOut.signOutMany(await this.affected.idsOf(incidentId), keptOf(operator));
        return undefined;
      },
    };
  }

  private signOutOfEveryone(
    { withDevices, again }: ContainmentRequest,
    { sessionId }: Operator,
  ): ContainmentDeed {
    return {
      type: 'sign_out_everyone',
      target: withDevices ? 'accounts and devices' : 'accounts',
      audited: { action: 'users.all_signed_out', objectType: 'sessions' },
      isDone: ({ state }) => state === 'succeeded' && !again,
      run: async (record) => {
        await this.signOut.signOutEveryone({ keptSessionId: sessionId, withDevices }, record);
        return undefined;
      },
    };
  }

  private blockOf(
    incidentId: string,
    { network, seconds, again }: ContainmentRequest,
    { ip }: Operator,
  ): ContainmentDeed {
    const durationMs = millisecondsOf(seconds);
    const wanted = { network: network!, reason: `Incident ${incidentId}`, durationMs };
    return {
      type: 'block',
      target: network!,
      audited: { action: 'block.added', objectType: 'block' },
      isDone: async ({ resultId }, em) =>
        !again && Boolean(resultId && (await this.blocks.isInForce(resultId, em))),
      run: async (record) => {
        const own = isIP(ip) === 0 ? undefined : ip;
        return (await this.blocks.add(wanted, own, record)).id;
      },
    };
  }

  private switchOf(
    incidentId: string,
    { scope, target: named, seconds, again }: ContainmentRequest,
    { accountId, deviceId }: Operator,
  ): ContainmentDeed {
    const part = parsePart(scope!, named)!;
    const durationMs = millisecondsOf(seconds);
    const wanted = { ...part, reason: `Incident ${incidentId}`, durationMs };
    const operator = accountId === null ? undefined : { accountId, deviceId };
    return {
      type: 'switch_off',
      target: [part.scope, part.target].filter(Boolean).join(': '),
      ...(part.scope === 'account' && { accountId: part.target! }),
      audited: { action: 'switch.off', objectType: part.scope },
      isDone: async ({ resultId }, em) =>
        !again && Boolean(resultId && (await this.switches.isInForce(resultId, em))),
      run: async (record) => (await this.switches.off(wanted, operator, record)).id,
    };
  }

  private rotation({ keepOld = false, again }: ContainmentRequest): ContainmentDeed {
    return {
      type: 'rotate_keys',
      target: keepOld ? 'old keys go on verifying' : 'old keys are refused',
      audited: { action: 'keys.rotated', objectType: 'signing_key' },
      isDone: ({ state }) => state === 'succeeded' && !again,
      run: (record) => this.keys.rotate({ revokeOld: !keepOld }, record),
    };
  }
}

/** The operator who signs others out goes on working. */
function keptOf({ sessionId, deviceId }: Operator): Kept {
  return { sessionId, deviceId };
}
