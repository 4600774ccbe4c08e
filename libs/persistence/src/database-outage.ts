import { ConnectionException } from '@mikro-orm/core';

/** What SQLite says when the file is locked, or cannot be read or written for now. */
const SQLITE_OUTAGE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|PROTOCOL)/;

/**
 * What PostgreSQL says when the fault is neither the statement's nor the data's, by class or code (its manual,
 * appendix A): no connection, no such role or database now, no resources, an operator at work, a timeout or a
 * deadlock, a server that only reads. And what Node says of a connection.
 */
const SERVER_OUTAGE =
  /^(08...|28...|3D000|53...|55000|57...|58...|40001|40P01|55P03|25006|XX000|E(CONN(REFUSED|RESET|ABORTED)|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN))$/;

/** What Node says of a certificate that does not fit. */
const TLS_OUTAGE =
  /^(ERR_(SSL|TLS)_\w+|CERT_\w+|UNABLE_TO_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?)$/;

/** What the driver of PostgreSQL, and ours around it, say without a code. */
const DRIVER_OUTAGE =
  /^(Connection terminated|The server does not support SSL|There was an error establishing an SSL|the server (binds no channel|only reads)|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

const CODES = [SQLITE_OUTAGE, SERVER_OUTAGE, TLS_OUTAGE];

/** The longest chain of causes that is looked at. */
const MAX_CAUSE_DEPTH = 5;

/** Whether a call failed as the database is away, locked or full: the same call can succeed later. */
export function isDatabaseOutage(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < MAX_CAUSE_DEPTH; depth += 1) {
    if (cause instanceof ConnectionException || isOutage(cause)) return true;
    ({ cause } = cause);
  }
  return false;
}

function isOutage({ message, code }: Error & { readonly code?: unknown }): boolean {
  if (typeof code !== 'string') return DRIVER_OUTAGE.test(message);
  return code === 'DATABASE_TIMEOUT' || CODES.some((codes) => codes.test(code));
}
