import { adminCommands } from './admin.commands.js';
import { backupCommands } from './backups.commands.js';
import { auditCommands } from './audit.commands.js';
import { blockCommands } from './blocks.commands.js';
import { connectionCommands } from './connections.commands.js';
import { completionCommands } from './completion.commands.js';
import { doctorCommands } from './doctor.commands.js';
import { eventCommands, notificationCommands } from './events.commands.js';
import { incidentCommands } from './incidents.commands.js';
import { confirmationCommands } from './confirmations.commands.js';
import { keyCommands } from './keys.commands.js';
import { limitCommands } from './limits.commands.js';
import { logLevelCommands } from './log-levels.commands.js';
import { modelCommands } from './models.commands.js';
import { pinCommands } from './pins.commands.js';
import { profileCommands } from './profiles.commands.js';
import type { CommandGroup } from './program/command.js';
import { switchCommands } from './switches.commands.js';
import { roleCommands } from './roles.commands.js';
import { sessionCommands } from './sessions.commands.js';
import { tlsCommands } from './tls.commands.js';
import { usageCommands } from './usage.commands.js';
import { userCommands } from './users.commands.js';

/** Every command of `npm run gateway -- …`, in the order in which the help and docs/cli.md show them. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  adminCommands,
  userCommands,
  sessionCommands,
  roleCommands,
  confirmationCommands,
  keyCommands,
  profileCommands,
  pinCommands,
  modelCommands,
  connectionCommands,
  doctorCommands,
  tlsCommands,
  blockCommands,
  switchCommands,
  eventCommands,
  notificationCommands,
  backupCommands,
  auditCommands,
  incidentCommands,
  limitCommands,
  logLevelCommands,
  usageCommands,
  completionCommands(() => COMMAND_GROUPS),
];
