/** The kind of credential that an attempt is for. */
export type Credential = 'password' | 'factor';

/**
 * The keys of the counters: the credential and the origin of the attempts. Passwords and second factors lock
 * separately: a reset password, which needs only access to the mailbox, must not allow new attempts at the second
 * factor.
 */
export const SUBJECT = {
  /** The password of a username, from unknown devices; also for usernames without an account. */
  name: (usernameKey: string) => `name:${usernameKey}`,
  /** The same from a known device. */
  device: (deviceId: string) => `device:${deviceId}`,
  /** The second factor of an account, from unknown devices. */
  factor: (accountId: string) => `factor:${accountId}`,
  /** The same from a known device. */
  deviceFactor: (deviceId: string) => `device-factor:${deviceId}`,
  /**
   * A credential of a signed-in account. Keyed by account and device, which a step-up does not change: keyed by
   * session, each replacement would allow new attempts.
   */
  session: (credential: Credential, accountId: string, deviceId?: string) =>
    `session-${credential}:${accountId}:${deviceId ?? 'none'}`,
} as const;

/** All subjects of one account. */
export function subjectsOf(
  accountId: string,
  names: readonly string[],
  deviceIds: readonly string[],
): string[] {
  const inSessions = [undefined, ...deviceIds].flatMap((deviceId) => [
    SUBJECT.session('password', accountId, deviceId),
    SUBJECT.session('factor', accountId, deviceId),
  ]);
  return [
    ...names.map(SUBJECT.name),
    SUBJECT.factor(accountId),
    ...deviceIds.map(SUBJECT.device),
    ...deviceIds.map(SUBJECT.deviceFactor),
    ...inSessions,
  ];
}
