import { persistenceConfig } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from './audit.config.js';
import { keyFromFile } from './key-file.js';
import { SigningKey, type VerifyingKey } from './signing-key.js';

/** What is outside of the database: the key that signs checkpoints and authenticates records, and those that did. */
@Injectable()
export class AuditKeysService {
  private readonly signing: SigningKey;
  private readonly known: ReadonlyMap<string, VerifyingKey>;

  constructor(
    @Inject(auditConfig.KEY) { keys }: ConfigType<typeof auditConfig>,
    @Inject(persistenceConfig.KEY) { dataDir }: ConfigType<typeof persistenceConfig>,
  ) {
    const [first = keyFromFile(dataDir)] = keys;
    // The configuration has the private key first.
    this.signing = first as SigningKey;
    this.known = new Map([...keys, first].map((key) => [key.id, key]));
  }

  /** The id of the key that signs. */
  get id(): string {
    return this.signing.id;
  }

  sign(text: string): Buffer {
    return this.signing.sign(text);
  }

  /** Whether a key that is believed has signed the text. */
  hasSigned(keyId: string, text: string, signature: Buffer): boolean {
    return this.known.get(keyId)?.hasSigned(text, signature) ?? false;
  }

  /** Whether records of the time of that key can be told from forged ones: its private half is here. */
  isPrivate(keyId: string): boolean {
    return this.known.get(keyId) instanceof SigningKey;
  }

  mac(content: string | Buffer): Buffer {
    return this.signing.mac(content);
  }

  hasMac(content: string | Buffer, mac: Buffer): boolean {
    for (const key of this.known.values()) {
      if (key instanceof SigningKey && key.hasMac(content, mac)) return true;
    }
    return false;
  }
}
