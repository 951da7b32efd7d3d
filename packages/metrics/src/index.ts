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
