import { parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { resolve } from 'node:path';

export interface ChatConfig {
  /** The folder of the profiles. @default ./apps/gateway/profiles */
  readonly profilesDir: string;
  /** Whether profiles that are marked as not for production are served. */
  readonly servesDevelopmentProfiles: boolean;
}

export const chatConfig = registerAs('chat', (): ChatConfig => {
  const { PROFILES_DIR } = parseEnvironment<{ PROFILES_DIR: string }>(
    { PROFILES_DIR: Joi.string().default('./apps/gateway/profiles') },
    process.env,
  );
  return {
    profilesDir: resolve(PROFILES_DIR),
    servesDevelopmentProfiles: runMode(process.env) !== 'production',
  };
});
