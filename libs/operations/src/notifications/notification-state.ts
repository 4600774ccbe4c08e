/** A dead one was given up, and can be sent again. */
export const NOTIFICATION_STATES = ['waiting', 'sent', 'dead'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];
