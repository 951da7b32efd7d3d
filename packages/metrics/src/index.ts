export { createCloudWatchPublisher, type CloudWatchParts } from './cloudwatch/publisher.ts'
export type { CloudWatchCalls, PutMetricData } from './cloudwatch/put-metric-data.ts'
export { createEmbeddedMetrics, type EmbeddedMetricsParts } from './emf/writer.ts'
export { invocationOf, type Invocation } from './invocation.ts'
export { other } from './labels.ts'
export { modelsNamespace } from './model-metrics.ts'
export { readOtelConfiguration, type OtelConfiguration } from './opentelemetry/configuration.ts'
export {
  createMetricsExporter,
  createTraceExporter,
  type ExporterParts,
  type MetricsExporter,
  type TraceExporter,
} from './opentelemetry/exporter.ts'
export { postByFetch } from './opentelemetry/post-by-fetch.ts'
export { createTracer, type Tracer } from './opentelemetry/tracer.ts'
export type { FlushReport, MetricsClock, MetricsLog, MetricsOutlet } from './outlet.ts'
export { expose, type Exposition } from './prometheus/expose.ts'
export type { Gauges } from './totals/gauges.ts'
export {
  createRecordTotals,
  emptyReport,
  endedReport,
  joinReports,
  type MetricsReport,
  type RecordTotals,
} from './totals/report.ts'
