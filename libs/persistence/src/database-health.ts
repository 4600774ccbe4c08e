import { MikroORM } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';

/** Whether the database answers. */
@Injectable()
export class DatabaseHealth {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** False when the database did not answer a trivial query, for whatever reason. */
  async isUp(): Promise<boolean> {
    return (await this.orm.checkConnection()).ok;
  }
}
