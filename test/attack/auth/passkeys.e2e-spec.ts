import { createHash, createPrivateKey, sign } from 'node:crypto';
import pg from 'pg';
import type { Browser } from 'playwright-core';
import { type Answer, aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { type Gateway, linesOf, query, startGateway } from '../../e2e/gateway.ts';
import { aBrowser, aWebsite, Phone } from './browser.ts';
import {
  challengeOf,
  complete,
  confirm,
  demandOf,
  enrol,
  forgetProofs,
  login,
  noticesOf,
  stepUp,
} from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

interface Options {
  readonly challenge: string;
  readonly options: Record<string, unknown>;
}

interface Assertion {
  readonly id: string;
  readonly response: Readonly<Record<string, string>>;
}

interface Registered {
  readonly passkeyId: string;
  readonly recoveryCodes?: readonly string[];
  readonly tokens: Tokens;
}

let gateway: Gateway;
let browser: Browser;
let app: Awaited<ReturnType<typeof aWebsite>>;
let elsewhere: Awaited<ReturnType<typeof aWebsite>>;

beforeAll(async () => {
  [app, elsewhere, browser] = await Promise.all([aWebsite(), aWebsite(), aBrowser()]);
  gateway = await startGateway({ environment: { ALLOWED_ORIGINS: app.origin } });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([app?.close(), elsewhere?.close()]);
});

afterEach(() => Phone.throwAllAway());

const errorOf = ({ status, body }: Answer<unknown>) => [status, body.error?.code];
const refused = [401, 'invalid_passkey'];
/** Every name below `localhost` resolves to this machine and is a separate domain for a browser. */
const OTHER_DOMAIN = 'other.localhost';
const refusedProof = [401, 'invalid_second_factor'];
const aPhone = () => Phone.on(browser, app.origin);

const registrationOptions = async ({ token }: { token: string }) =>
  (await call<Options>(gateway, '/api/auth/passkeys/options', { method: 'POST', token })).data;
const register = ({ token }: { token: string }, challenge: string, response: unknown) =>
  call<Registered>(gateway, '/api/auth/passkeys', {
    token,
    body: { challenge, response, name: 'My phone' },
  });
const signInOptions = async () =>
  (await call<Options>(gateway, '/api/auth/passkeys/sign-in/options', { method: 'POST' })).data;
const signIn = (challenge: string, response: unknown) =>
  call<Tokens>(gateway, '/api/auth/passkeys/sign-in', { body: { challenge, response } });
const loginOptions = async (challenge: string) =>
  (
    await call<Options>(gateway, '/api/auth/login/second-factor/passkey-options', {
      body: { challenge },
    })
  ).data;
const passkeysOf = ({ token }: { token: string }) =>
  call<{ passkeyId: string }[]>(gateway, '/api/auth/passkeys', { token });
const remove = ({ token }: { token: string }, id: string) =>
  call(gateway, `/api/auth/passkeys/${id}`, { method: 'DELETE', token });

/** Creates a passkey on the phone and registers it; the user continues with the tokens of the new session. */
async function addPasskey(user: User, phone: Phone): Promise<Registered> {
  const { challenge, options } = await registrationOptions(user);
  const { data } = await register(user, challenge, await phone.create(options));
  Object.assign(user, data.tokens, { token: data.tokens.accessToken });
  return data;
}

/** Requests a challenge from the gateway and an assertion from the phone. */
async function assertion(phone: Phone, changed: object = {}) {
  const { challenge, options } = await signInOptions();
  const response = (await phone.sign({ ...options, ...changed })) as Assertion;
  return { challenge, response };
}

async function signInOn(phone: Phone) {
  const { challenge, response } = await assertion(phone);
  return signIn(challenge, response);
}

/** The reason in the log for which a passkey is refused; the response does not contain it. */
async function reasonFor(attempt: () => Promise<Answer<unknown>>): Promise<string | undefined> {
  const answer = await attempt();
  expect(errorOf(answer)).toEqual(refused);
  const lines = await linesOf(gateway, answer.headers);
  const line = lines.find((text) => text.includes('auth.passkey.refused'));
  return line && (JSON.parse(line) as { metadata: { reason: string } }).metadata.reason;
}

describe('registering a passkey', () => {
  it('works from a web page of an allowed origin, subject to CORS', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const other = await login(gateway, user);
    const path = `${gateway.url}/api/auth/passkeys`;
    const asked = await phone.call<{ data: Options }>(`${path}/options`, {}, user.token);
    const { challenge, options } = asked.data;
    const response = await phone.create(options);
    const body = { challenge, response, name: 'My phone' };
    const answer = await phone.call<{ status: number; data: Registered }>(path, body, user.token);
    expect(answer.status).toBe(201);
    expect(answer.data.recoveryCodes).toHaveLength(10);
    const owner = { token: answer.data.tokens.accessToken };
    expect((await passkeysOf(owner)).data).toMatchObject([{ name: 'My phone', backedUp: false }]);
    expect(await noticesOf(gateway, owner)).toContain('passkey_added');
    // The other sessions end, and copies of the tokens used for the registration become invalid.
    for (const token of [other.data.accessToken, user.token]) {
      const ended = await call(gateway, '/api/auth/me', { token });
      expect(errorOf(ended)).toEqual([401, 'session_ended']);
    }
  });

  it('voids an unconfirmed secret of an authenticator app', async () => {
    const user = await aUser(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    await addPasskey(user, await aPhone());
    const answer = await confirm(gateway, user, codeOf(secret));
    expect(errorOf(answer)).toEqual([409, 'second_factor_off']);
  });

  it('gives recovery codes with the first factor only', async () => {
    const user = await aUser(gateway);
    expect((await addPasskey(user, await aPhone())).recoveryCodes).toHaveLength(10);
    expect((await addPasskey(user, await aPhone())).recoveryCodes).toBeUndefined();
  });

  it('is refused for a second passkey on one phone', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const { options } = await registrationOptions(user);
    await expect(phone.create(options)).rejects.toThrow(/InvalidState|registered/);
  });

  it('needs a recent proof: a stolen access token cannot add one', async () => {
    const user = await aUser(gateway);
    await forgetProofs(gateway, user);
    const answer = await register(user, 'A'.repeat(43), await (await aPhone()).create(ANYTHING));
    expect(errorOf(answer)).toEqual([403, 'step_up_required']);
  });

  it('refuses a challenge of another account, a used one and an invented one', async () => {
    const [ada, eve, phone] = [await aUser(gateway), await aUser(gateway), await aPhone()];
    const { challenge, options } = await registrationOptions(ada);
    const response = await phone.create(options);
    const invalid = [401, 'invalid_challenge'];
    expect(errorOf(await register(eve, challenge, response))).toEqual(invalid);
    expect(errorOf(await register(ada, challenge, response))).toEqual(invalid);
    expect(errorOf(await register(ada, 'A'.repeat(43), response))).toEqual(invalid);
  });

  it('refuses one without user verification', async () => {
    const user = await aUser(gateway);
    const phone = await Phone.on(browser, app.origin, { hasUserVerification: false });
    const { challenge, options } = await registrationOptions(user);
    const authenticatorSelection = { residentKey: 'discouraged', userVerification: 'discouraged' };
    const response = await phone.create({ ...options, authenticatorSelection });
    const answer = await register(user, challenge, response);
    expect(errorOf(answer)).toEqual([400, 'passkey_refused']);
  });

  it('refuses one that was created on a page of another origin', async () => {
    const user = await aUser(gateway);
    const phone = await Phone.on(browser, elsewhere.origin);
    const { challenge, options } = await registrationOptions(user);
    const answer = await register(user, challenge, await phone.create(options));
    expect(errorOf(answer)).toEqual([400, 'passkey_refused']);
  });

  it('does not move the passkey of one account to another', async () => {
    const [ada, eve, phone] = [await aUser(gateway), await aUser(gateway), await aPhone()];
    const first = await registrationOptions(ada);
    const made = (await phone.create(first.options)) as Assertion;
    expect((await register(ada, first.challenge, made)).status).toBe(201);
    // Without attestation the client data is not signed: anyone who knows the public key can set the challenge.
    const { challenge } = await registrationOptions(eve);
    const clientDataJSON = withChallenge(made.response.clientDataJSON!, challenge);
    const forged = { ...made, response: { ...made.response, clientDataJSON } };
    expect(errorOf(await register(eve, challenge, forged))).toEqual([409, 'passkey_known']);
    const signedIn = await signInOn(phone);
    expect(signedIn.data.userId).toBe(ada.userId);
  });
});

describe('signing in with a passkey alone', () => {
  it('needs neither username nor password, and counts as two factors', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const { challenge, options } = await signInOptions();
    expect(options.allowCredentials ?? []).toEqual([]);
    const response = await phone.sign(options);
    const answer = await phone.call<{ status: number; data: Tokens }>(
      `${gateway.url}/api/auth/passkeys/sign-in`,
      { challenge, response, device: { name: 'Web' } },
    );
    expect(answer.status).toBe(200);
    expect(answer.data.userId).toBe(user.userId);
    // So it allows calls that require a recent second factor.
    const renewed = await call(gateway, '/api/auth/2fa/recovery-codes', {
      method: 'POST',
      token: answer.data.accessToken,
    });
    expect(renewed.status).toBe(201);
    const [session] = await query(
      gateway,
      `select methods from sessions where account_id = '${user.userId}' order by id desc limit 1`,
    );
    expect(session).toEqual({ methods: 'passkey' });
  });

  it('accepts an assertion once, and for its own challenge', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const { challenge, response } = await assertion(phone);
    expect((await signIn(challenge, response)).status).toBe(200);
    expect(errorOf(await signIn(challenge, response))).toEqual(refused);
    const next = await signInOptions();
    expect(errorOf(await signIn(next.challenge, response))).toEqual(refused);
  });

  it('opens one session for concurrent uses of one assertion', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const { challenge, response } = await assertion(phone);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => signIn(challenge, response)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('consumes a challenge with the first response, also with a wrong one', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const { challenge, response } = await assertion(phone);
    const spoilt = changed(response, { signature: response.response.authenticatorData! });
    expect(errorOf(await signIn(challenge, spoilt))).toEqual(refused);
    expect(errorOf(await signIn(challenge, response))).toEqual(refused);
  });

  it('refuses an assertion for a page of another origin', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const lure = await Phone.on(browser, elsewhere.origin);
    const [passkey] = await phone.credentials();
    await lure.keep(passkey!);
    // An assertion relayed by a phishing site.
    const { challenge, response } = await assertion(lure);
    expect(await reasonFor(() => signIn(challenge, response))).toBe('origin');
    const rewritten = changed(response, {
      clientDataJSON: withOrigin(response.response.clientDataJSON!, app.origin),
    });
    expect(errorOf(await signIn(challenge, rewritten))).toEqual(refused);
  });

  it('refuses an assertion for another RP ID from an allowed origin', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const [passkey] = await phone.credentials();
    const lure = await Phone.on(browser, app.origin.replace('localhost', OTHER_DOMAIN));
    await lure.keep({ ...passkey!, rpId: OTHER_DOMAIN });
    const { challenge, response } = await assertion(lure, { rpId: OTHER_DOMAIN });
    const rewritten = changed(response, {
      clientDataJSON: withOrigin(response.response.clientDataJSON!, app.origin),
    });
    // Signed again with the passkey's key, so that only the RP ID is wrong.
    const signed = signedBy(passkey!.privateKey, rewritten);
    expect(await reasonFor(() => signIn(challenge, signed))).toBe('rp_id');
  });

  it.runIf(process.env.E2E_DATABASE_URL)(
    'sends no notice of a copy for a passkey that is removed concurrently',
    async () => {
      const [user, phone] = [await aUser(gateway), await aPhone()];
      const { passkeyId } = await addPasskey(user, phone);
      const { challenge, response } = await assertion(phone);
      const client = new pg.Client({ connectionString: gateway.environment.DATABASE_URL });
      await client.connect();
      try {
        await client.query('begin');
        await client.query(`delete from passkeys where id = '${passkeyId}'`);
        const answer = signIn(challenge, response);
        await vi.waitFor(async () => {
          const waiting = `select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`;
          expect(await query(gateway, waiting)).toHaveLength(1);
        }, 10_000);
        await client.query('commit');
        expect(errorOf(await answer)).toEqual(refused);
      } finally {
        await client.end();
      }
      expect(await noticesOf(gateway, user)).not.toContain('passkey_cloned');
    },
  );

  it('hides the response from a page of another origin', async () => {
    const lure = await Phone.on(browser, elsewhere.origin);
    const asked = lure.call(`${gateway.url}/api/auth/passkeys/sign-in/options`, {});
    await expect(asked).rejects.toThrow(/Failed to fetch/);
  });

  it('refuses an assertion without user verification', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    await phone.recognizesItsOwner(false);
    const { challenge, response } = await assertion(phone, { userVerification: 'discouraged' });
    expect(await reasonFor(() => signIn(challenge, response))).toBe('user_not_verified');
  });

  it('refuses an assertion of one account with the user handle of another', async () => {
    const [ada, eve, phone] = [await aUser(gateway), await aUser(gateway), await aPhone()];
    await addPasskey(eve, phone);
    for (const userHandle of [handleOf(ada.userId), undefined]) {
      const { challenge, response } = await assertion(phone);
      const named = changed(response, { userHandle: userHandle! });
      expect(errorOf(await signIn(challenge, named))).toEqual(refused);
    }
  });

  it('refuses a copied passkey when its counter decreases, and notifies the owner', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const [passkey] = await phone.credentials();
    expect((await signInOn(phone)).status).toBe(200);
    expect((await signInOn(phone)).status).toBe(200);
    const thief = await aPhone();
    await thief.keep(passkey!);
    expect(errorOf(await signInOn(thief))).toEqual(refused);
    expect(await noticesOf(gateway, user)).toContain('passkey_cloned');
  });

  it('accepts a counter that stays at zero, as for synchronized passkeys, unless it was higher before', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const { passkeyId } = await addPasskey(user, phone);
    await query(gateway, `update passkeys set counter = 0 where id = '${passkeyId}'`);
    const [passkey] = await phone.credentials();
    const synchronized = async () => {
      const { challenge, response } = await assertion(phone);
      return signIn(challenge, withCounterAtZero(response, passkey!.privateKey));
    };
    expect((await synchronized()).status).toBe(200);
    expect((await synchronized()).status).toBe(200);
    await query(gateway, `update passkeys set counter = 5 where id = '${passkeyId}'`);
    expect(errorOf(await synchronized())).toEqual(refused);
  });

  it('is refused for a removed passkey, and every other device is signed out', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const { passkeyId } = await addPasskey(user, phone);
    const elsewhereSignedIn = await signInOn(phone);
    const { challenge, response } = await assertion(phone);
    expect((await remove(user, passkeyId)).status).toBe(200);
    expect(errorOf(await signIn(challenge, response))).toEqual(refused);
    expect(errorOf(await signInOn(phone))).toEqual(refused);
    const other = await call(gateway, '/api/auth/me', {
      token: elsewhereSignedIn.data.accessToken,
    });
    expect(errorOf(other)).toEqual([401, 'session_ended']);
    expect(await noticesOf(gateway, user)).toContain('passkey_removed');
    // The recovery codes are deleted with the last factor: the password is enough again.
    expect((await login(gateway, user)).status).toBe(200);
  });

  it('is refused for a disabled account', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    await query(
      gateway,
      `update accounts set disabled_at = created_at where id = '${user.userId}'`,
    );
    expect(errorOf(await signInOn(phone))).toEqual(refused);
  });
});

describe('an assertion in the encoding of a particular client', () => {
  const standard = (text: string) => {
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    return base64.padEnd(Math.ceil(base64.length / 4) * 4, '=');
  };
  const spelled = (json: unknown) =>
    JSON.parse(JSON.stringify(json), (key, value: unknown) =>
      typeof value === 'string' && !['type', 'transports', 'authenticatorAttachment'].includes(key)
        ? standard(value)
        : value,
    ) as Assertion;
  const ODD = { deeper: [{ than: { anybody: ['expects', null, 1e300] } }], extra: '' };
  const withOddMembers = (json: Assertion): Assertion => {
    const { response } = json;
    return Object.assign({}, json, {
      ...ODD,
      authenticatorAttachment: 'implanted',
      clientExtensionResults: [ODD, 'not an object'],
      response: {
        ...response,
        ...ODD,
        authenticatorAttachment: 'platform',
        publicKeyAlgorithm: 'ES256',
        publicKey: null,
        clientExtensionResults: { credProps: { rk: true }, prf: { results: ODD } },
      },
    }) as Assertion;
  };

  it.each([
    ['with unknown members at any depth', withOddMembers],
    ['in standard base64, with padding', spelled],
    [
      'in base64url with padding',
      (json: Assertion) =>
        JSON.parse(
          JSON.stringify(spelled(json)).replaceAll('+', '-').replaceAll('/', '_'),
        ) as Assertion,
    ],
  ])('is accepted: %s', async (_, dialect) => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const { challenge, options } = await registrationOptions(user);
    const made = dialect((await phone.create(options)) as Assertion);
    const transports = ['internal', 'telepathy', 7, 'x'.repeat(500)];
    const response = { ...made, response: { ...made.response, transports } };
    const { status, data } = await register(user, challenge, response);
    expect(status).toBe(201);
    Object.assign(user, { token: data.tokens.accessToken });
    const [{ transports: kept } = {}] = await query(
      gateway,
      `select transports from passkeys where account_id = '${user.userId}'`,
    );
    expect(kept).toBe('internal telepathy');
    const signedIn = await assertion(phone);
    expect((await signIn(signedIn.challenge, dialect(signedIn.response))).status).toBe(200);
  });

  it.each(['', null])(
    'is accepted without a user handle if the account is known: %j',
    async (userHandle) => {
      const [user, phone] = [await aUser(gateway), await aPhone()];
      await addPasskey(user, phone);
      const demand = demandOf(await login(gateway, user));
      const { challenge, options } = await loginOptions(demand.challenge);
      const made = (await phone.sign(options)) as Assertion;
      const response = { ...made, response: { ...made.response, userHandle } };
      const passkey = { challenge, response };
      const answer = await complete(gateway, { challenge: demand.challenge, passkey });
      expect(answer.status).toBe(200);
      // Without a known account, the user handle is required.
      const alone = await assertion(phone);
      const nameless = { ...alone.response, response: { ...alone.response.response, userHandle } };
      expect(errorOf(await signIn(alone.challenge, nameless))).toEqual(refused);
    },
  );

  it.each([
    ['not an object', 'text'],
    ['a list', []],
    ['without its parts', { id: 'AAAA', rawId: 'AAAA', type: 'public-key' }],
    [
      'with a response that is not an object',
      { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: 1 },
    ],
    ['of another type', { id: 'AAAA', type: 'password', response: {} }],
    [
      'with members of other types',
      {
        id: ['AAAA'],
        rawId: 'AAAA',
        type: 'public-key',
        response: { clientDataJSON: {}, authenticatorData: 1, signature: '§' },
      },
    ],
  ])('is refused: %s', async (_, response) => {
    const { challenge } = await signInOptions();
    expect(errorOf(await signIn(challenge, response))).toEqual([400, 'invalid_input']);
  });

  it('is refused with an unknown field beside it', async () => {
    const phone = await aPhone();
    await addPasskey(await aUser(gateway), phone);
    const { challenge, response } = await assertion(phone);
    const body = { challenge, response, id: response.id };
    const answer = await call(gateway, '/api/auth/passkeys/sign-in', { body });
    expect(errorOf(answer)).toEqual([400, 'invalid_input']);
  });
});

describe('a response from a frame on a page of another origin', () => {
  it.each([
    ['crossOrigin', { crossOrigin: true }],
    ['crossOrigin as a string', { crossOrigin: 'true' }],
    ['crossOrigin with its topOrigin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['topOrigin alone', { crossOrigin: false, topOrigin: 'https://evil.example' }],
  ])('opens no session: %s', async (_, framed) => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const [passkey] = await phone.credentials();
    const { challenge, response } = await assertion(phone);
    const clientDataJSON = rewritten(response.response.clientDataJSON!, framed);
    const signed = signedBy(passkey!.privateKey, changed(response, { clientDataJSON }));
    expect(errorOf(await signIn(challenge, signed))).toEqual(refused);
    expect((await signInOn(phone)).status).toBe(200);
  });

  it('registers no passkey', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const { challenge, options } = await registrationOptions(user);
    const made = (await phone.create(options)) as Assertion;
    const clientDataJSON = rewritten(made.response.clientDataJSON!, { crossOrigin: true });
    const answer = await register(user, challenge, changed(made, { clientDataJSON }));
    expect(errorOf(answer)).toEqual([400, 'passkey_refused']);
  });
});

describe('a passkey as the second factor', () => {
  it('completes a login after the password', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const demand = demandOf(await login(gateway, user));
    expect(demand).toMatchObject({
      code: 'second_factor_required',
      methods: ['passkey', 'recovery_code'],
    });
    const { challenge, options } = await loginOptions(demand.challenge);
    const passkey = { challenge, response: await phone.sign(options) };
    const answer = await complete(gateway, { challenge: demand.challenge, passkey });
    expect(answer.data.userId).toBe(user.userId);
  });

  it('cannot be replaced by a passkey of another account', async () => {
    const [ada, eve] = [await aUser(gateway), await aUser(gateway)];
    const [hers, his] = [await aPhone(), await aPhone()];
    await addPasskey(ada, hers);
    await addPasskey(eve, his);
    const pending = await challengeOf(gateway, ada);
    const { challenge, options } = await loginOptions(pending);
    const response = await his.sign({ ...options, allowCredentials: [] });
    const answer = await complete(gateway, {
      challenge: pending,
      passkey: { challenge, response },
    });
    expect(errorOf(answer)).toEqual(refusedProof);
  });

  it('is accepted only for a challenge of this purpose', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    await addPasskey(user, phone);
    const pending = await challengeOf(gateway, user);
    const passkey = await assertion(phone);
    const answer = await complete(gateway, { challenge: pending, passkey });
    expect(errorOf(answer)).toEqual(refusedProof);
    const { challenge, options } = await loginOptions(pending);
    expect(errorOf(await signIn(challenge, await phone.sign(options)))).toEqual(refused);
    const { data } = await call<Options>(gateway, '/api/auth/step-up/passkey-options', {
      method: 'POST',
      token: user.token,
    });
    const ofStepUp = { challenge: data.challenge, response: await phone.sign(data.options) };
    const mixed = await complete(gateway, { challenge: pending, passkey: ofStepUp });
    expect(errorOf(mixed)).toEqual(refusedProof);
  });

  it('requires the challenge of a login for its options', async () => {
    const answer = await call(gateway, '/api/auth/login/second-factor/passkey-options', {
      body: { challenge: 'A'.repeat(43) },
    });
    expect(errorOf(answer)).toEqual([401, 'invalid_challenge']);
  });

  it('allows sensitive calls after the last proof has expired', async () => {
    const [user, phone] = [await aUser(gateway), await aPhone()];
    const { passkeyId } = await addPasskey(user, phone);
    await forgetProofs(gateway, user);
    expect(errorOf(await remove(user, passkeyId))).toEqual([403, 'step_up_required']);
    const { data } = await call<Options>(gateway, '/api/auth/step-up/passkey-options', {
      method: 'POST',
      token: user.token,
    });
    const passkey = { challenge: data.challenge, response: await phone.sign(data.options) };
    const proved = await stepUp(gateway, user, { passkey });
    const now = { ...user, token: proved.data.accessToken };
    expect(errorOf(await stepUp(gateway, now, { passkey }))).toEqual(refusedProof);
    expect((await remove(now, passkeyId)).status).toBe(200);
  });

  it('can be removed by its owner only', async () => {
    const [ada, eve] = [await aUser(gateway), await aUser(gateway)];
    const { passkeyId } = await addPasskey(ada, await aPhone());
    expect(errorOf(await remove(eve, passkeyId))).toEqual([404, 'passkey_not_found']);
    expect((await passkeysOf(ada)).data).toHaveLength(1);
    expect((await passkeysOf(eve)).data).toEqual([]);
  });
});

/** Options with a challenge that the gateway did not issue. */
const ANYTHING = {
  challenge: 'A'.repeat(43),
  rp: { id: 'localhost', name: 'any' },
  user: { id: 'AAAA', name: 'any', displayName: 'any' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
};

function changed(answer: Assertion, response: Record<string, string | undefined>): Assertion {
  return { ...answer, response: { ...answer.response, ...response } as Assertion['response'] };
}

const withChallenge = (clientData: string, challenge: string) =>
  rewritten(clientData, { challenge });
const withOrigin = (clientData: string, origin: string) => rewritten(clientData, { origin });

function rewritten(clientData: string, fields: object): string {
  const before = JSON.parse(Buffer.from(clientData, 'base64url').toString()) as object;
  return Buffer.from(JSON.stringify({ ...before, ...fields })).toString('base64url');
}

/** The assertion of an authenticator without a counter: signed again with its own key. */
function withCounterAtZero(answer: Assertion, privateKey: string): Assertion {
  const data = Buffer.from(answer.response.authenticatorData!, 'base64url');
  data.writeUInt32BE(0, 33);
  return signedBy(privateKey, changed(answer, { authenticatorData: data.toString('base64url') }));
}

function signedBy(privateKey: string, answer: Assertion): Assertion {
  const data = Buffer.from(answer.response.authenticatorData!, 'base64url');
  const client = Buffer.from(answer.response.clientDataJSON!, 'base64url');
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  const key = createPrivateKey({
    key: Buffer.from(privateKey, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  return changed(answer, { signature: sign('sha256', signed, key).toString('base64url') });
}

const handleOf = (userId: string) =>
  Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');
