/** The time step, and the tolerance before and after the current one (RFC 6238 §5.2). Seconds. */
const STEP_SECONDS = 30;

/** The length of a secret: that of an HMAC-SHA-1 output (RFC 4226 §4, R6). Bytes. */
const SECRET_BYTES = 20;

/** Imported at the first use, which keeps it out of the start-up time. */
const otplib = () => import('otplib');

/** A secret of 160 random bits, in Base32. */
export async function newTotpSecret(): Promise<string> {
  const { generateSecret } = await otplib();
  return generateSecret({ length: SECRET_BYTES });
}

/** The URI that an authenticator app reads from a QR code: `otpauth://totp/…`. */
export async function totpUri(issuer: string, label: string, secret: string): Promise<string> {
  const { generateURI } = await otplib();
  return generateURI({ issuer, label, secret });
}

/**
 * The time step that a code belongs to: the current one by the server's clock, or one of its neighbours; undefined if
 * it matches none. The caller checks whether the step was used before.
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
    period: STEP_SECONDS,
    epoch: Math.floor(now / 1000),
    epochTolerance: STEP_SECONDS,
  });
  return verdict.valid && 'timeStep' in verdict ? verdict.timeStep : undefined;
}
