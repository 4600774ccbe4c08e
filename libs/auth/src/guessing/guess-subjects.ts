/** What kind of credential is guessed at. */
export type Credential = 'password' | 'factor';

/**
 * What is guessed at, and from where, as the counters tell it apart. Passwords and second factors lock apart: a new
 * password, which whoever reads the mailbox can set, must not give new tries at the second factor.
 */
export const SUBJECT = {
  /** The password behind a name, from strangers; also behind names that nobody has. */
  name: (usernameKey: string) => `name:${usernameKey}`,
  /** The same from a device that is known. */
  device: (deviceId: string) => `device:${deviceId}`,
  /** The second factor of an account, from strangers. */
  factor: (accountId: string) => `factor:${accountId}`,
  /** The same from a device that is known. */
  deviceFactor: (deviceId: string) => `device-factor:${deviceId}`,
  /**
   * A credential of somebody who is signed in. By account and device, which a step-up leaves as they are: each new
   * session would otherwise bring new tries.
   */
  session: (credential: Credential, accountId: string, deviceId?: string) =>
    `session-${credential}:${accountId}:${deviceId ?? 'none'}`,
} as const;

/** All subjects that are about one person. */
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
