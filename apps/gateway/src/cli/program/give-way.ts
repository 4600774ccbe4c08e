import { constants, setPriority } from 'node:os';

/** Lowers the priority of a command that takes long, in favour of the service on the same machine. */
export function giveWay(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
