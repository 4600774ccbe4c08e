import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { call, type Tokens } from '../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';

/** The limits of a gateway whose operator has set none (docs/configuration.md); those of the suite are generous. */
const DEFAULTS = {
  LIMIT_API: '1000/1h',
  LIMIT_GLOBAL: '100/15m',
  LIMIT_LOGIN: '5/15m',
  SPRAY_ADDRESS: '20/15m',
  SPRAY_ALL: '500/15m',
};

/** The numbers of docs/detection.md are of SIMULATED_PEOPLE=300 STUFFING_ADDRESSES=1000, which takes minutes. */
const PEOPLE = Number(process.env.SIMULATED_PEOPLE ?? 60);

/** Every seventh person mistypes a password, every fiftieth does not know it any more. */
const mistypes = (n: number) => n % 7 === 0;
const hasForgotten = (n: number) => n % 50 === 49;

const ATTACKING_ADDRESSES = Number(process.env.STUFFING_ADDRESSES ?? 150);
const ATTEMPTS = ATTACKING_ADDRESSES * 10;
const AT_ONCE = 40;

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

interface Person {
  readonly username: string;
  readonly password: string;
  readonly deviceToken?: string;
}

type Outcome = 'signed in' | 'wrong' | 'refused' | 'blocked' | 'busy' | 'other';

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  200: 'signed in',
  401: 'wrong',
  429: 'refused',
  403: 'blocked',
  503: 'busy',
};

// Hundreds of passwords are hashed, in the background of what else the machine does.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

describe('the simulation of', { timeout: 550_000 }, () => {
  let environment: Record<string, string>;
  let people: Person[];
  let gateway: Gateway;

  /** All that is there before Monday: accounts and their known devices. */
  beforeAll(async () => {
    environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      TRUST_PROXY: 'loopback',
    };
    gateway = await startGateway({ environment });
    people = await atOnce(Array.from({ length: PEOPLE }), 8, async () => {
      const username = `person-${randomUUID().slice(0, 18)}`;
      const password = `pw ${randomUUID()}`;
      const body = { username, password };
      const registered = await from<Tokens>('198.51.100.1', '/api/auth/register', { body });
      return { username, password, deviceToken: registered.data.deviceToken! };
    });
    await gateway.stop();
  });

  /** Nothing is counted yet, and nothing was found. */
  beforeEach(async () => {
    gateway = await startGateway({ environment: { ...environment, ...DEFAULTS } });
    await query(gateway, 'delete from security_events');
    await query(gateway, 'delete from network_blocks');
  });
  afterEach(() => gateway.stop());

  const from = <Data>(address: string, path: string, more: object = {}) =>
    call<Data>(gateway, path, { ...more, headers: { 'X-Forwarded-For': address } });

  async function signIn(address: string, { username, password, deviceToken }: Person) {
    const device = deviceToken === undefined ? {} : { device: { token: deviceToken } };
    const body = { username, password, ...device };
    const answer = await from<Tokens>(address, '/api/auth/login', { body });
    return { outcome: OUTCOMES[answer.status] ?? 'other', answer };
  }

  /** As an app does while too many sign in at once, which says when to come again. */
  async function signInPatiently(address: string, person: Person) {
    for (;;) {
      const end = await signIn(address, person);
      if (end.outcome !== 'busy') return end;
      await setTimeout(500);
    }
  }

  /** One person comes in: a slip perhaps, then their password, then what the app asks for first. */
  async function begin(address: string, person: Person, n: number): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    if (mistypes(n)) {
      const slip = { ...person, password: 'not my password' };
      outcomes.push((await signInPatiently(address, slip)).outcome);
    }
    if (hasForgotten(n)) return outcomes;
    const { outcome, answer } = await signInPatiently(address, person);
    outcomes.push(outcome);
    if (outcome === 'signed in') {
      const token = answer.data.accessToken;
      const { status } = await from(address, '/api/profiles', { token });
      if (status !== 200) outcomes.push(OUTCOMES[status] ?? 'other');
    }
    return outcomes;
  }

  async function atOnce<Item, Result>(
    items: readonly Item[],
    most: number,
    work: (item: Item, n: number) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    let next = 0;
    const worker = async () => {
      for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n]!, n);
    };
    await Promise.all(Array.from({ length: most }, worker));
    return results;
  }

  const countOf = (outcomes: readonly Outcome[], outcome: Outcome) =>
    outcomes.filter((one) => one === outcome).length;
  const summary = (outcomes: readonly Outcome[]) =>
    Object.fromEntries([...new Set(outcomes)].map((one) => [one, countOf(outcomes, one)]));
  const report = (what: string, numbers: object) =>
    process.stdout.write(`simulation: ${what}: ${JSON.stringify(numbers)}\n`);
  const eventsOf = (rule: string) =>
    query(
      gateway,
      `select containment, evidence from security_events where rule = '${rule}' order by id`,
    );
  const blocks = async () => (await query(gateway, 'select network from network_blocks')).length;
  /** As new phones have it: no token from a sign-in before. */
  const onNewPhones = () => people.map(({ username, password }) => ({ username, password }));

  it('the people of an office on a Monday locks out none and blocks nothing', async () => {
    const address = '203.0.113.10';
    const outcomes = (
      await atOnce(onNewPhones(), 10, (person, n) => begin(address, person, n))
    ).flat();
    report('office', summary(outcomes));
    const cameBack = people.filter((_, n) => !hasForgotten(n)).length;
    expect(countOf(outcomes, 'signed in')).toBe(cameBack);
    expect(countOf(outcomes, 'refused') + countOf(outcomes, 'blocked')).toBe(0);
    expect(await blocks()).toBe(0);
    expect(await eventsOf('password-spraying')).toEqual([]);
    expect(await eventsOf('credential-stuffing')).toEqual([]);
    // Nor may any of them be locked for the next time.
    expect((await signIn(address, people[0]!)).outcome).toBe('signed in');
  });

  it('an attacker among the people of a carrier refuses the attacker and blocks no other', async () => {
    const address = '203.0.113.20';
    const before = isScaled ? `now() - interval '2 days'` : `${Date.now() - 2 * 86_400_000}`;
    await query(gateway, `update sessions set ip = '203.0.113.0', created_at = ${before}`);
    const guesses = await atOnce(Array.from({ length: 100 }), 5, (_, n) =>
      signIn(address, { username: `victim-${n}`, password: 'Winter2026!' }),
    );
    const attack = guesses.map(({ outcome }) => outcome);
    await expect
      .poll(() => eventsOf('password-spraying'))
      .toMatchObject([{ containment: 'shared' }]);
    const some = people.slice(0, PEOPLE / 2);
    const outcomes = (await atOnce(some, 10, (person, n) => begin(address, person, n))).flat();
    report('carrier: attacker', summary(attack));
    report('carrier: people', summary(outcomes));
    expect(countOf(attack, 'wrong')).toBeLessThanOrEqual(20);
    expect(countOf(attack, 'wrong') + countOf(attack, 'refused')).toBe(100);
    expect(countOf(outcomes, 'signed in')).toBe(some.filter((_, n) => !hasForgotten(n)).length);
    expect(countOf(outcomes, 'refused') + countOf(outcomes, 'blocked')).toBe(0);
    expect(await blocks()).toBe(0);
  });

  it('ten attempts from each of many addresses are detected and contained, beside an office at work', async () => {
    const addressOf = (n: number) => `45.${90 + (n >> 8)}.${n & 0xff}.${1 + randomInt(250)}`;
    const addresses = Array.from({ length: ATTACKING_ADDRESSES }, (_, n) => addressOf(n));
    let tried = 0;
    let triedUntilDetected: number | undefined;
    const attack = atOnce(Array.from({ length: ATTEMPTS }), AT_ONCE, async (_, n) => {
      const address = addresses[n % ATTACKING_ADDRESSES]!;
      const username = n % 500 === 499 ? people[n % PEOPLE]!.username : `leaked-${n}`;
      const { outcome } = await signIn(address, { username, password: 'Winter2026!' });
      tried += 1;
      return outcome;
    });
    const watch = (async () => {
      while (triedUntilDetected === undefined && tried < ATTEMPTS) {
        if ((await eventsOf('credential-stuffing')).length > 0) triedUntilDetected = tried;
        await setTimeout(50);
      }
    })();
    const office = atOnce(onNewPhones(), 2, (person, n) => begin('192.0.2.30', person, n));
    const outcomes = await attack;
    await watch;
    const ofOffice = (await office).flat();
    const numbers = {
      ...summary(outcomes),
      triedUntilDetected,
      blocks: await blocks(),
    };
    report('stuffing', numbers);
    report('stuffing: office', summary(ofOffice));
    expect(triedUntilDetected).toBeLessThan(Math.max(1_500, ATTEMPTS) / 2);
    // While the service is under attack an address may fail on five accounts; the first ones came before that was known.
    expect(countOf(outcomes, 'wrong')).toBeLessThan(ATTEMPTS * 0.7);
    // A block follows what was found within a second, in which others of a fast attack are tried.
    expect(numbers.blocks).toBeGreaterThan(ATTACKING_ADDRESSES * 0.6);
    expect(countOf(outcomes, 'signed in')).toBe(0);
    expect(countOf(ofOffice, 'signed in')).toBe(people.filter((_, n) => !hasForgotten(n)).length);
    expect(countOf(ofOffice, 'refused') + countOf(ofOffice, 'blocked')).toBe(0);
  });
});
