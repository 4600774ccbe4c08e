import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { INSTRUMENTS } from '../instruments/instruments.js';
import { Gauge as OwnGauge } from '../instruments/gauge.js';
import type { Instrument, Recorder } from '../instruments/instrument.js';
import { BoundedLabels } from './bounded-labels.js';

type Prometheus = typeof import('prom-client');

/**
 * The metrics of this process in the text format of Prometheus: every declared instrument, and what Node.js tells of its
 * process. From its beginning on instruments record.
 */
export class MetricsText {
  private constructor(private readonly registry: Registry) {}

  /** Loads the library only where metrics are collected. */
  static async begin(): Promise<MetricsText> {
    const { default: prometheus } = await import('prom-client');
    const registry = new prometheus.Registry();
    prometheus.collectDefaultMetrics({ register: registry });
    for (const instrument of INSTRUMENTS.values()) attach(prometheus, registry, instrument);
    return new MetricsText(registry);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  read(): Promise<string> {
    return this.registry.metrics();
  }
}

function attach(prometheus: Prometheus, registry: Registry, instrument: Instrument): void {
  const { name, help, labels } = instrument.declaration;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  const bounds = new BoundedLabels();
  switch (instrument.kind) {
    case 'counter':
      return instrument.recordTo(counting(new prometheus.Counter(common), bounds));
    case 'histogram': {
      const buckets = [...instrument.buckets];
      return instrument.recordTo(timing(new prometheus.Histogram({ ...common, buckets }), bounds));
    }
    case 'gauge':
      return attachGauge(prometheus, common, bounds, instrument as OwnGauge<string>);
  }
}

function attachGauge(
  prometheus: Prometheus,
  common: ConstructorParameters<Prometheus['Gauge']>[0],
  bounds: BoundedLabels,
  instrument: OwnGauge<string>,
): void {
  const metric: Gauge = new prometheus.Gauge({
    ...common,
    collect: () => {
      metric.reset();
      // Without labels it would be 0 after the reset: what is not known has no value.
      if (common.labelNames?.length === 0) metric.remove();
      instrument.read();
    },
  });
  instrument.recordTo({ add: (labels, value) => metric.inc(bounds.of(labels), value) });
}

function counting(metric: Counter, bounds: BoundedLabels): Recorder {
  return { add: (labels, value) => metric.inc(bounds.of(labels), value) };
}

function timing(metric: Histogram, bounds: BoundedLabels): Recorder {
  return { add: (labels, value) => metric.observe(bounds.of(labels), value) };
}
