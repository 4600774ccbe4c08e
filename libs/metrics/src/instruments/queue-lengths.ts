import { gauge } from './instruments.js';

/** One gauge for all queues, so that one alert watches them. */
export const queueLengths = gauge({
  name: 'gateway_queue_length',
  help: 'Entries that wait in each queue of this process.',
  labels: ['queue'],
});
