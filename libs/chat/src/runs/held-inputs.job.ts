import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { HeldInputs } from './held-inputs.js';

/** How often it is looked for answers that other instances took. Milliseconds. */
const LOOK_INTERVAL_MS = 300;

/** Has calls go on that are held open for an answer, whichever instance took it. No statement while there are none. */
@Injectable()
export class HeldInputsJob extends RecurringJob {
  protected readonly log = new Logger('Runs');

  constructor(private readonly held: HeldInputs) {
    super(LOOK_INTERVAL_MS, 'chat.inputs.unchecked');
  }

  protected run(): Promise<void> {
    return this.held.look();
  }
}
