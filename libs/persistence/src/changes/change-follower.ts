import { RecurringJob } from '../recurring-job.js';
import type { ChangeLookJob } from './change-look.job.js';
import type { ChangeTopic } from './change-topic.js';

/** How often the rows are read without a change that was noted, as one written by hand. Milliseconds. */
const READ_ANYWAY_INTERVAL_MS = 10_000;

/** Keeps what this process knows of a topic up to date: reads its rows when its counter has moved. */
export abstract class ChangeFollower extends RecurringJob {
  /** The counter of the last look, and that of the look before the last read. */
  private toldVersion: string | undefined;
  private readVersion: string | undefined;

  /** @param failureEvent the event that is logged for a read that fails; the next look has it repeated */
  protected constructor(
    private readonly changeLook: ChangeLookJob,
    failureEvent: string,
    readonly topic: ChangeTopic,
  ) {
    super(READ_ANYWAY_INTERVAL_MS, failureEvent);
  }

  override async onApplicationBootstrap(): Promise<void> {
    this.changeLook.follow(this);
    await super.onApplicationBootstrap();
  }

  /** A look while the rows are read begins no other read, but the one after it does if the counter has moved meanwhile. */
  tell(version: string): void {
    this.toldVersion = version;
    if (version !== this.readVersion) void this.start();
    this.afterLook();
  }

  /** Reads what is in force now. */
  protected abstract read(): Promise<void>;

  /** What has to be repeated with each look, whether or not there was a change. Must not ask the database. */
  protected afterLook(): void {}

  /** The counter is older than the rows, never newer: what is committed in between is read again. */
  protected async run(): Promise<void> {
    const version = this.toldVersion;
    await this.read();
    this.readVersion = version;
  }
}
