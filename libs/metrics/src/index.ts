export { counter, gauge, histogram, INSTRUMENTS } from './instruments/instruments.js';
export { queueLengths } from './instruments/queue-lengths.js';
export { MetricsText } from './exposition/metrics-text.js';
