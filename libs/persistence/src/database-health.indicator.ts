import { MikroORM } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

/** How long a probe waits for the database. Milliseconds. */
const PING_TIMEOUT_MS = 2_000;

/** Whether the database answers. */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(private readonly orm: MikroORM) {}

  /** False when the database did not answer a trivial query within two seconds, for whatever reason. */
  async isUp(): Promise<boolean> {
    const patience = setTimeout(PING_TIMEOUT_MS, false, { ref: false });
    return Promise.race([this.orm.checkConnection().then(({ ok }) => ok), patience]).catch(
      () => false,
    );
  }
}
