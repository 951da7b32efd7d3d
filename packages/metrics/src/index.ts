export { createBoundedNames, other, type BoundedNames } from './bounded-names.ts'
export { createCloudWatchPublisher, type CloudWatchParts } from './cloudwatch/publisher.ts'
export {
  putLimits,
  type MetricDatum,
  type PutMetricData,
  type PutMetricDataInput,
} from './cloudwatch/put-metric-data.ts'
export { createEmbeddedMetrics, type EmbeddedMetricsParts } from './emf/writer.ts'
export { invocationOf, none, type Invocation } from './invocation.ts'
export { dimensionValue, modelMetrics, modelsNamespace, type ModelMetric } from './model-metrics.ts'
export type { FlushReport, MetricsClock, MetricsLog, MetricsOutlet } from './outlet.ts'
export { expose, type Exposition } from './prometheus/expose.ts'
export { families, type Family } from './prometheus/families.ts'
export { gaugeFamilies, joinGauges, type GaugeFamily } from './prometheus/gauges.ts'
export {
  createRecordTotals,
  emptyReport,
  endedReport,
  joinReports,
  type Gauges,
  type MetricsReport,
  type RecordTotals,
} from './totals/report.ts'
export {
  readOtelConfiguration,
  type OtelConfiguration,
  type OtlpTarget,
} from './opentelemetry/configuration.ts'
export {
  createMetricsExporter,
  createTraceExporter,
  OtlpRefusal,
  type ExporterParts,
  type MetricsExporter,
  type PostOtlp,
  type TraceExporter,
} from './opentelemetry/exporter.ts'
export { instruments } from './opentelemetry/metrics-body.ts'
export { postByFetch } from './opentelemetry/post-by-fetch.ts'
export type { Attributes, AttributeValue, Span } from './opentelemetry/span.ts'
export { spansOf } from './opentelemetry/spans-of.ts'
export { createTracer, type Tracer } from './opentelemetry/tracer.ts'
