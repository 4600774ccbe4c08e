import { Logger } from '@nestjs/common';
import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { readTlsFiles, secureContext, type TlsFiles, type TlsMaterial } from './tls-material.js';

/** How often the files are read again. Milliseconds. */
const LOOK_INTERVAL_MS = 60_000;

/** From when on the end of a certificate is announced: automatic renewal is due 30 days before it. Milliseconds. */
const ANNOUNCED_BEFORE_END_MS = 14 * 86_400_000;

/** How often the end of a certificate is announced. Milliseconds. */
const ANNOUNCE_INTERVAL_MS = 86_400_000;

/**
 * Takes a renewed certificate without a restart: new connections get it, open ones stay as they are. Files that do not fit
 * together, as while they are being written, change nothing.
 */
export class TlsRenewal {
  private readonly log = new Logger('Tls');
  private timer: NodeJS.Timeout | undefined;
  private refused = '';
  private announcedAt = -Infinity;

  constructor(
    private readonly files: TlsFiles,
    private current: TlsMaterial,
  ) {}

  /** Looks every minute, and when the process gets SIGHUP. */
  watch(server: Server): void {
    if (!(server instanceof TlsServer)) return;
    const look = () => this.look(server);
    this.timer = setInterval(look, LOOK_INTERVAL_MS).unref();
    process.on('SIGHUP', look);
    server.once('close', () => {
      clearInterval(this.timer);
      process.off('SIGHUP', look);
    });
    this.announceEnd();
  }

  private look(server: TlsServer): void {
    this.announceEnd();
    let found: TlsMaterial;
    try {
      found = readTlsFiles(this.files);
      if (isSame(found, this.current)) return;
      createSecureContext(secureContext(found));
    } catch (error) {
      this.refuse(error as NodeJS.ErrnoException);
      return;
    }
    server.setSecureContext(secureContext(found));
    this.current = found;
    this.refused = '';
    this.log.log({ event: 'tls.renewed', until: endOf(found).toISOString() });
  }

  /** Once for each reason, as it would be logged every minute. */
  private refuse({ code = 'invalid' }: NodeJS.ErrnoException): void {
    if (code === this.refused) return;
    this.refused = code;
    this.log.error({ event: 'tls.refused', reason: code });
  }

  private announceEnd(): void {
    const now = Date.now();
    const end = endOf(this.current);
    if (end.getTime() - now > ANNOUNCED_BEFORE_END_MS) return;
    if (now - this.announcedAt < ANNOUNCE_INTERVAL_MS) return;
    this.announcedAt = now;
    this.log.warn({ event: 'tls.expiring', until: end.toISOString() });
  }
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key);
}

/** Of the certificate of the server, which comes first in the chain. */
function endOf({ cert }: TlsMaterial): Date {
  return new X509Certificate(cert).validToDate;
}
