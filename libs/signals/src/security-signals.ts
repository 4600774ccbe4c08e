import { channel } from 'node:diagnostics_channel';
import type { SecuritySignal } from './security-signal.js';

const signals = channel('gateway.security-signals');

/**
 * Tells those who watch for attacks. Costs next to nothing where there are none, never throws, and nothing waits for
 * what is made of it. Declared beside the code that emits, as metrics are: no constructor has to know of it.
 */
export function emitSignal(signal: SecuritySignal): void {
  if (signals.hasSubscribers) signals.publish(signal);
}

/**
 * Calls the listener with each signal, within the call that emits it: it must return at once.
 *
 * @returns ends that
 */
export function onSignals(listener: (signal: SecuritySignal) => void): () => void {
  // What a subscriber throws would end the process.
  const subscriber = (signal: unknown) => {
    try {
      listener(signal as SecuritySignal);
    } catch {
      // A listener reports its own failures; the request that emits has nothing to do with them.
    }
  };
  signals.subscribe(subscriber);
  return () => {
    signals.unsubscribe(subscriber);
  };
}
