import { ChatError } from '../chat.error.js';

/** The longest id that can be one. Characters. */
const LONGEST_ID = 30;

const EVENT_ID = /^(0|[1-9]\d{0,8})-([0-9a-f]{12})$/;

/**
 * The id of an event on the wire: its number, and the end of the id of its run. An id of another run, which a mixed-up
 * client sends, would otherwise be taken for one of this run, and leave a hole in the text.
 */
export function eventId(runId: string, seq: number): string {
  return `${seq}-${tagOf(runId)}`;
}

/** The number of the event. @throws ChatError `invalid_event_id` for what is no id of an event of that run */
export function eventNumber(runId: string, id: string): number {
  const [, seq, tag] = (id.length <= LONGEST_ID && EVENT_ID.exec(id)) || [];
  if (seq === undefined || tag !== tagOf(runId)) throw ChatError.invalidEventId();
  return Number(seq);
}

function tagOf(runId: string): string {
  return runId.slice(-12);
}
