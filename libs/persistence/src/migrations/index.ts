import { InitialSchema } from './20261124120000-initial-schema.js';
import { SessionsAsDevices } from './20261125010000-sessions-as-devices.js';
import { SigningKeys } from './20261125020000-signing-keys.js';
import { SecondFactors } from './20261125030000-second-factors.js';
import { EmailTokens } from './20261125040000-email-tokens.js';
import { ConsentsAndErasures } from './20261125050000-consents-and-erasures.js';
import { UsedProofs } from './20261125060000-used-proofs.js';

/** In the order in which they are applied. A released one is never edited. */
export const migrations = [
  { name: '20261124120000-initial-schema', class: InitialSchema },
  { name: '20261125010000-sessions-as-devices', class: SessionsAsDevices },
  { name: '20261125020000-signing-keys', class: SigningKeys },
  { name: '20261125030000-second-factors', class: SecondFactors },
  { name: '20261125040000-email-tokens', class: EmailTokens },
  { name: '20261125050000-consents-and-erasures', class: ConsentsAndErasures },
  { name: '20261125060000-used-proofs', class: UsedProofs },
];
