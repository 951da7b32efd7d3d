import type { DimensionName } from './dimensions.ts'
import type { Invocation } from './invocation.ts'

/** CloudWatch's own words for units. */
export type CloudWatchUnit = 'Milliseconds' | 'Count' | 'None'

/** One metric of a model's invocations, as CloudWatch and the embedded metric format have it. */
export interface ModelMetric {
  readonly name: string
  readonly unit: CloudWatchUnit
  readonly dimensions: readonly DimensionName[]
  readonly description: string
  /** Null = not known of this invocation: nothing is published. */
  readonly of: (invocation: Invocation) => number | null
}

/** Names, units and dimensions are promised to operators: dashboards and alarms are built on them. */
export const modelMetrics = [
  {
    name: 'ModelLatency',
    unit: 'Milliseconds',
    dimensions: ['Agent', 'Model'],
    description: 'Time taken for model invocation',
    of: ({ latencyMs }) => latencyMs,
  },
  {
    name: 'InputTokens',
    unit: 'Count',
    dimensions: ['Agent', 'Model'],
    description: 'Number of input tokens processed',
    of: ({ inputTokens }) => inputTokens,
  },
  {
    name: 'OutputTokens',
    unit: 'Count',
    dimensions: ['Agent', 'Model'],
    description: 'Number of output tokens generated',
    of: ({ outputTokens }) => outputTokens,
  },
  {
    name: 'ModelInvocations',
    unit: 'Count',
    dimensions: ['Agent', 'Model', 'Success'],
    description: 'Total number of model invocations',
    of: () => 1,
  },
  {
    name: 'ModelCost',
    unit: 'None',
    dimensions: ['Agent', 'Model'],
    description: 'Cost of model invocation in US dollars',
    of: ({ costUsd }) => costUsd,
  },
] as const satisfies readonly ModelMetric[]

/** The namespace of a project: `{project-prefix}/Models`. Throws TypeError where CloudWatch would refuse it. */
export function modelsNamespace(projectPrefix: string): string {
  const namespace = `${projectPrefix}/Models`
  if (!/^[\w.\-/#: ]{1,255}$/.test(namespace) || namespace.startsWith(':') || /^AWS\//i.test(namespace)) {
    throw new TypeError(
      `"${projectPrefix}" cannot begin a CloudWatch namespace: it takes letters, digits and . - _ / # : and no AWS/ or colon at its beginning.`,
    )
  }
  return namespace
}
