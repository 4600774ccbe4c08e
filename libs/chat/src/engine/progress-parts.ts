import type { McpProgress } from '@app/mcp';
import type { CallPlace } from './tool-questions.js';
import { visible } from './visible-text.js';

/** How often a call tells how far it is, and how often in all. Milliseconds. */
const INTERVAL_MS = 500;
const MAX_PARTS = 240;

/**
 * Tells those who follow a run how far a call is: the newest news, each some time after the one before. A server that
 * tells more often costs nothing but the look at the clock.
 */
export class ProgressParts {
  private toldAt = -Infinity;
  private count = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly place: Pick<CallPlace, 'callId' | 'writer'>) {}

  tell({ progress, total, message }: McpProgress): void {
    const now = performance.now();
    if (now - this.toldAt < INTERVAL_MS || this.count >= MAX_PARTS) return;
    this.toldAt = now;
    this.count += 1;
    const { callId, writer } = this.place;
    const value = {
      callId,
      progress,
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message: visible(message) }),
    };
    // One that cannot be written fails the run at its next part.
    this.last = writer.data({ name: 'progress', id: callId, value }).catch(() => undefined);
  }

  /** Resolves when nothing is told any more. */
  end(): Promise<void> {
    this.count = MAX_PARTS;
    return this.last;
  }
}
