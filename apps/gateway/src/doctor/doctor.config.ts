import { type RunMode, runMode } from '@app/config';

/** What the doctor reads from the environment itself; all else comes from the configurations. */
export interface DoctorConfig {
  readonly mode: RunMode;
  /** Whether JWT_SECRET is set. In development the gateway generates the secrets that are not set. */
  readonly hasOwnSecrets: boolean;
}

export function doctorConfig(): DoctorConfig {
  const { JWT_SECRET, JWT_SECRET_FILE } = process.env;
  return {
    mode: runMode(process.env),
    hasOwnSecrets: Boolean(JWT_SECRET?.trim() || JWT_SECRET_FILE?.trim()),
  };
}
