/** Most bytes of one message on stdio, or of one HTTP response, event streams included. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The longest delay a timer takes. The SDK's own timeout of a request is set to it: the caller's signal decides. */
export const NO_TIMEOUT_MS = 2 ** 31 - 1;
