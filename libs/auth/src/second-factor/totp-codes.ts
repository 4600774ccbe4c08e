/** The length of a time step, and of the tolerance before and after the current one (RFC 6238 §5.2). Seconds. */
const STEP = 30;

/** The length of a secret: that of an HMAC-SHA-1 output (RFC 4226 §4, R6). Bytes. */
const SECRET_BYTES = 20;

/** Read at first use: no start needs to wait for it. */
const otplib = () => import('otplib');

/** A secret of 160 random bits, in Base32. */
export async function newTotpSecret(): Promise<string> {
  const { generateSecret } = await otplib();
  return generateSecret({ length: SECRET_BYTES });
}

/** What an authenticator app reads from a QR code: `otpauth://totp/…`. */
export async function totpUri(issuer: string, label: string, secret: string): Promise<string> {
  const { generateURI } = await otplib();
  return generateURI({ issuer, label, secret });
}

/**
 * The time step whose code this is, by our clock only: the current one or one of its neighbours. Undefined if it is
 * none of them. Whether the step was used before is the caller's to find out.
 */
export async function totpStep(
  secret: string,
  code: string,
  now = Date.now(),
): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined;
  const { verify } = await otplib();
  const verdict = await verify({
    secret,
    token: code,
    period: STEP,
    epoch: Math.floor(now / 1000),
    epochTolerance: STEP,
  });
  return verdict.valid && 'timeStep' in verdict ? verdict.timeStep : undefined;
}
