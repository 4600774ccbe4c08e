import { constants, setPriority } from 'node:os';

/** Has a command that takes long leave the processor to the service that runs beside it. */
export function giveWay(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
