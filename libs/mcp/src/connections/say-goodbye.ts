import type { HttpTransport } from '../transports/http.transport.js';

/** How long a server may take to forget the session of a closed connection. Milliseconds. */
const GOODBYE_MS = 1000;

/** Has the server forget the session. It has no say in how long that takes. */
export async function sayGoodbye(transport: HttpTransport): Promise<void> {
  const limit = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
  await Promise.race([transport.terminateSession().catch(() => undefined), limit]);
}
