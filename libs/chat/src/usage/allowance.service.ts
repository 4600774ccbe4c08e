import type { SpentLimit } from '@app/security';
import { Injectable } from '@nestjs/common';
import type { Profile } from '../profiles/profile.js';
import type { ReachedLimit } from '../quota.js';
import { MessagePlaces, MINUTE_MS } from './message-places.js';
import { NANOS, nextDay, sumOfTokens } from './token-sums.js';
import { TokenUsageService } from './token-usage.service.js';
import type { TokenUsage } from './token-usage.entity.js';

const DAY_SECONDS = 86_400;

/** Fractions of a currency in which the header tells a cost, as it takes whole numbers only. */
const MICROS = 1e6;

/** How much one account has used of what it may with one assistant. */
export interface Allowance extends ReachedLimit {
  /** Of a cost. ISO 4217. */
  readonly currency?: string;
}

/** What a message finds, the message included. */
export interface Spending {
  readonly allowances: readonly Allowance[];
  /** Of these, the one for which it is refused. */
  readonly refused?: Allowance;
}

/**
 * What one account may use of one assistant, as the profile says. Messages are counted as they come. Tokens are known after a step only: an answer begins as long as any are left.
 */
@Injectable()
export class AllowanceService {
  constructor(
    private readonly places: MessagePlaces,
    private readonly tokens: TokenUsageService,
  ) {}

  /**
   * Counts a message, unless it is refused.
   *
   * @param asksModel whether a language model is to answer; what needs none is not bounded by what models use
   */
  async spend(accountId: string, profile: Profile, asksModel: boolean): Promise<Spending> {
    const daily = asksModel ? await this.daily(accountId, profile) : [];
    const usedUp = daily.find(({ used, limit }) => used >= limit);
    if (usedUp) return { allowances: daily, refused: usedUp };
    const limit = profile.limits.messagesPerMinute;
    if (limit === undefined) return { allowances: daily };
    const { isRefused, ...sent } = await this.places.take(accountId, profile.id, limit);
    const messages = { name: 'messagesPerMinute', limit, ...sent } as const;
    const allowances = [messages, ...daily];
    return isRefused ? { allowances, refused: messages } : { allowances };
  }

  /** The same without counting. */
  async of(
    accountId: string,
    profile: Profile,
    today: readonly TokenUsage[],
  ): Promise<Allowance[]> {
    const limit = profile.limits.messagesPerMinute;
    const daily = dailyAllowances(profile, today);
    if (limit === undefined) return daily;
    const { used, resetsAt } = await this.places.look(accountId, profile.id, limit);
    return [{ name: 'messagesPerMinute', used, limit, resetsAt }, ...daily];
  }

  /** Whether nothing is left of what models may use today. */
  async isDayUsedUp(accountId: string, profile: Profile): Promise<boolean> {
    return (await this.daily(accountId, profile)).some(({ used, limit }) => used >= limit);
  }

  private async daily(accountId: string, profile: Profile): Promise<Allowance[]> {
    const { tokensPerDay, costPerDay } = profile.limits;
    if (tokensPerDay === undefined && !costPerDay) return [];
    return dailyAllowances(profile, await this.tokens.today(accountId));
  }
}

/** As the headers tell it. */
export function toSpentLimit({ name, used, limit, resetsAt, currency }: Allowance): SpentLimit {
  const factor = currency === undefined ? 1 : MICROS;
  return {
    name,
    limit: Math.floor(limit * factor),
    windowSeconds: name === 'messagesPerMinute' ? MINUTE_MS / 1000 : DAY_SECONDS,
    remaining: Math.max(0, Math.floor((limit - used) * factor)),
    resetSeconds: Math.max(1, Math.ceil((resetsAt.getTime() - Date.now()) / 1000)),
    isBlocked: used >= limit,
    ...UNITS[name],
  };
}

const UNITS: Readonly<Record<Allowance['name'], { unit?: string }>> = {
  messagesPerMinute: {},
  tokensPerDay: { unit: 'tokens' },
  costPerDay: { unit: 'millionths' },
};

function dailyAllowances({ id, limits }: Profile, today: readonly TokenUsage[]): Allowance[] {
  const { tokensPerDay, costPerDay } = limits;
  const own = today.filter(({ profileId }) => profileId === id);
  const resetsAt = nextDay(new Date());
  return [
    ...(tokensPerDay === undefined
      ? []
      : [{ name: 'tokensPerDay', used: sumOfTokens(own), limit: tokensPerDay, resetsAt } as const]),
    ...(costPerDay
      ? [
          {
            name: 'costPerDay',
            used: costIn(costPerDay.currency, own),
            limit: costPerDay.amount,
            currency: costPerDay.currency,
            resetsAt,
          } as const,
        ]
      : []),
  ];
}

function costIn(wanted: string, rows: readonly TokenUsage[]): number {
  const inIt = rows.filter(({ currency }) => currency === wanted);
  return inIt.reduce((sum, { costNanos }) => sum + costNanos, 0) / NANOS;
}
