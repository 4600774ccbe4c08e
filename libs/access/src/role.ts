/** `user` chats; `auditor` also reads the audit trail; `admin` also manages accounts. */
export const ROLES = ['user', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];
