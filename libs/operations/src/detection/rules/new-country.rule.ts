import { maskedAddress } from '@app/access';
import { SessionActivityService } from '@app/auth';
import type { SignInSucceeded } from '@app/signals';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../events/security-finding.js';
import { CountryFile } from '../geo/country-file.js';
import type { DetectionRule } from './detection-rule.js';
import { RuleCounters } from './rule-counters.js';

/** A sign-in from a country that none of the account's other sessions is from. */
@Injectable()
export class NewCountryRule implements DetectionRule<'sign-in.succeeded'> {
  readonly id = 'new-country';
  readonly watches = ['sign-in.succeeded'] as const;

  constructor(
    private readonly counters: RuleCounters,
    private readonly countries: CountryFile,
    private readonly activity: SessionActivityService,
  ) {}

  get isBlindFor(): string | undefined {
    return this.countries.isThere ? undefined : 'no_geoip_file';
  }

  async inspect({ ip, accountId, isNewDevice }: SignInSucceeded): Promise<Finding | undefined> {
    const country = this.countries.countryOf(ip);
    if (country === undefined) return undefined;
    const before = await this.countriesBefore(accountId, maskedAddress(ip));
    if (before.length === 0 || before.includes(country)) return undefined;
    const signIns = await this.counters.add(this.id, accountId);
    if (signIns < this.counters.thresholdOf(this.id)) return undefined;
    return {
      rule: this.id,
      severity: isNewDevice ? 'high' : 'medium',
      subject: { type: 'account', id: accountId },
      evidence: { country, before, signIns },
    };
  }

  /** Of the account's sessions without the new one, which is stored already. */
  private async countriesBefore(accountId: string, network: string): Promise<string[]> {
    const places = await this.activity.placesOf(accountId);
    const others = places.filter(({ ip, sessions }) => ip !== network || sessions > 1);
    const countries = others.map(({ ip }) => this.countries.countryOf(ip));
    return [...new Set(countries.filter((one) => one !== undefined))].toSorted();
  }
}
