import type { INestApplicationContext } from '@nestjs/common';

/** The services that need the database. They are opened once, by the first check that needs them. */
export class StoredState {
  private opened: Promise<INestApplicationContext> | undefined;

  constructor(private readonly open: () => Promise<INestApplicationContext>) {}

  /** @throws if the database does not answer */
  services(): Promise<INestApplicationContext> {
    this.opened ??= this.open();
    return this.opened;
  }

  async close(): Promise<void> {
    const app = await this.opened?.catch(() => undefined);
    await app?.close();
  }
}
