import type { BackupHeader } from '../archive/manifest.js';

/** `gateway-20261127T081500Z-sqlite-3f2a9c1b.tar.gz.age` */
const NAME =
  /^gateway-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(sqlite|postgres)-([0-9a-f]{8})\.tar\.gz\.age$/;

/** What a backup is called while it is written. */
const UNFINISHED = /^\.gateway-\S+\.tar\.gz\.age\.unfinished$/;

export interface BackupName {
  readonly createdAt: Date;
  readonly database: BackupHeader['database'];
}

/** Names sort by time. */
export function backupName({ createdAt, database, id }: BackupHeader): string {
  const time = createdAt.replaceAll(/[-:]|\.\d+/g, '');
  return `gateway-${time}-${database}-${id.slice(0, 8)}.tar.gz.age`;
}

/** Undefined for the name of another file. */
export function parseBackupName(name: string): BackupName | undefined {
  const [, year, month, day, hour, minute, second, database] = NAME.exec(name) ?? [];
  if (!database) return undefined;
  const createdAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(createdAt.getTime())) return undefined;
  return { createdAt, database: database as BackupHeader['database'] };
}

export function unfinishedName(name: string): string {
  return `.${name}.unfinished`;
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}
