import type { BlockErrorCode } from './blocks/block.error.js';
import type { SecurityEventErrorCode } from './events/security-event.error.js';
import type { NotificationErrorCode } from './notifications/notification.error.js';

/** Every code of this library. */
export type OperationsErrorCode = BlockErrorCode | NotificationErrorCode | SecurityEventErrorCode;
