import type { ClientOrigin, Principal } from '@app/access';
import { clientAddress, clientSite } from '@app/security';
import type { Turn } from './turn-queue.js';

/**
 * The turn of a call. An IPv6 site (/48) counts as one address: it holds 65,536 networks of the size that the rate
 * limits count by. A caller who is signed in, or signs in, on a known device has priority.
 */
export function turnOf(client: ClientOrigin, principal?: Principal): Turn {
  return {
    address: clientSite(client.ip) ?? clientAddress(client.ip),
    isKnown: (client.knownDeviceId ?? principal?.deviceId) !== undefined,
  };
}
