import type { SessionActivityService, SignInPlace } from '@app/auth';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectionConfig } from '../settings/detection.config.js';
import { CountryFile } from '../geo/country-file.js';
import { countryDatabase } from '../geo/testing/country-database.js';
import { NewCountryRule } from './new-country.rule.js';
import { aRuleWorld, found, type RuleWorld } from './testing/rule-world.js';

describe('a sign-in from a new country', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countries-'));
  const geoipFile = join(folder, 'countries.mmdb');
  const europe = [
    ['203.0.113.0/24', 'DE'],
    ['198.51.100.0/24', 'NL'],
  ] as const;
  let world: RuleWorld;
  let places: SignInPlace[];
  const activity = {
    placesOf: () => Promise.resolve(places),
  } as unknown as SessionActivityService;
  const countries = () => new CountryFile({ ...detectionConfig(), geoipFile });
  const rule = () => new NewCountryRule(world.counters, countries(), activity);
  const signIn = (ip: string, isNewDevice = false) =>
    ({ type: 'sign-in.succeeded', ip, accountId: 'ada', isNewDevice }) as const;
  const home: SignInPlace = { ip: '203.0.113.0', sessions: 2 };

  beforeEach(async () => {
    world = await aRuleWorld();
    writeFileSync(geoipFile, countryDatabase(europe));
  });
  afterEach(() => world.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is found, and is worse on a new device', async () => {
    places = [{ ip: '198.51.100.0', sessions: 1 }, home];
    const [known, unknown] = await found(rule(), [
      signIn('198.51.100.7'),
      signIn('198.51.100.7', true),
    ]);
    expect(known).toEqual({
      rule: 'new-country',
      severity: 'medium',
      subject: { type: 'account', id: 'ada' },
      evidence: { country: 'NL', before: ['DE'], signIns: 1 },
    });
    expect(unknown).toMatchObject({ severity: 'high' });
  });

  it.each([
    ['where the account was used before', '203.0.113.9', [home]],
    ['of the first session', '198.51.100.7', [{ ip: '198.51.100.0', sessions: 1 }]],
    ['where it is used again', '198.51.100.7', [{ ip: '198.51.100.0', sessions: 2 }, home]],
    ['that the file does not know', '192.0.2.1', [{ ip: '192.0.2.0', sessions: 1 }, home]],
    ['that is no address', 'none', [home]],
  ])('is none %s', async (_case, ip, known) => {
    places = known;
    expect(await found(rule(), [signIn(ip)])).toEqual([]);
  });

  it('is looked for with a file only, and with one that can be read', () => {
    const without = new CountryFile({ ...detectionConfig(), geoipFile: undefined });
    const blind = new NewCountryRule(world.counters, without, activity);
    expect([blind.isBlindFor, rule().isBlindFor]).toEqual(['no_geoip_file', undefined]);
    writeFileSync(geoipFile, 'no such database');
    expect(countries).toThrow(/^Invalid configuration: GEOIP_FILE must name a file/);
  });

  it('goes by a newer file once there is one, and by the last good one', async () => {
    const file = countries();
    writeFileSync(geoipFile, countryDatabase([['203.0.113.0/24', 'AT']]));
    utimesSync(geoipFile, 1_900_000_000, 1_900_000_000);
    await file.refresh();
    expect(file.countryOf('203.0.113.9')).toBe('AT');
    writeFileSync(geoipFile, '');
    await file.refresh();
    expect(file.countryOf('203.0.113.9')).toBe('AT');
  });
});
