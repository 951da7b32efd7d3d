import { none } from '../labels.ts'
import { gaugeFamilies, joinGauges } from '../totals/gauges.ts'
import type { MetricsReport } from '../totals/report.ts'
import { boundsOf, ofInvocations, shownOf, type Source } from '../totals/sources.ts'
import { attemptTable, requestTable } from '../totals/tables.ts'
import { addLists } from '../totals/totals.ts'
import { operationNames, providerName } from './gen-ai.ts'
import { keyValues, nanos, type Scope } from './otlp-json.ts'
import type { Attributes } from './span.ts'

interface Instrument {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly kind: 'sum' | 'histogram'
  readonly sources: readonly Source[]
}

const byModel = ['operation', 'provider', 'target', 'model', 'agent']

// size: the one table of instruments
export const instruments: readonly Instrument[] = [
  {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'GenAI operation duration.',
    kind: 'histogram',
    sources: [ofInvocations('latency', [...byModel, 'error'])],
  },
  {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    unit: 's',
    description: 'Time to the first content of a stream.',
    kind: 'histogram',
    sources: [ofInvocations('firstContent', byModel)],
  },
  {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    kind: 'histogram',
    sources: [
      ofInvocations('inputTokens', byModel, ['tokenType', 'input']),
      ofInvocations('outputTokens', byModel, ['tokenType', 'output']),
    ],
  },
  {
    name: 'pointsman.model.invocations',
    unit: '{invocation}',
    description: 'Invocations of models, answered or not.',
    kind: 'sum',
    sources: [ofInvocations('invocations', [...byModel, 'route', 'success'])],
  },
  {
    name: 'pointsman.model.cost',
    unit: 'USD',
    description: 'Cost of model invocations in US dollars, where it is known.',
    kind: 'sum',
    sources: [ofInvocations('costUsd', byModel)],
  },
  {
    name: 'pointsman.requests',
    unit: '{request}',
    description: 'Requests with a known key, by how they ended.',
    kind: 'sum',
    sources: [{ table: 'requests', measure: 'requests', labels: requestTable.labels }],
  },
  {
    name: 'pointsman.overhead',
    unit: 's',
    description: 'What the gateway itself added to a request.',
    kind: 'histogram',
    sources: [{ table: 'requests', measure: 'overhead', labels: [] }],
  },
  {
    name: 'pointsman.attempts',
    unit: '{attempt}',
    description: 'Calls of vendors; one invocation may make several.',
    kind: 'sum',
    sources: [{ table: 'attempts', measure: 'attempts', labels: attemptTable.labels }],
  },
]

/** Our labels by the conventions' names. */
const attributeNames: ReadonlyMap<string, string> = new Map([
  ['operation', 'gen_ai.operation.name'],
  ['provider', 'gen_ai.provider.name'],
  ['target', 'gen_ai.request.model'],
  ['model', 'gen_ai.response.model'],
  ['agent', 'gen_ai.agent.name'],
  ['tokenType', 'gen_ai.token.type'],
  ['error', 'error.type'],
  ['region', 'cloud.region'],
])
/** Required by the conventions, also where it says nothing. */
const required = new Set(['operation', 'provider'])

function attributesOf(labels: readonly (readonly [string, string])[]): Attributes {
  const operations: { readonly [name: string]: string } = operationNames
  return Object.fromEntries(
    labels
      .filter(([name, value]) => value !== none || required.has(name))
      .map(([name, value]) => [
        attributeNames.get(name) ?? `pointsman.${name}`,
        name === 'operation'
          ? (operations[value] ?? value)
          : name === 'provider'
            ? providerName(value)
            : value,
      ]),
  )
}

export interface MetricsBodyParts {
  readonly resource: Attributes
  readonly scope: Scope
  /** Since when it is counted. */
  readonly startedAtMs: number
  readonly nowMs: number
}

/** The body of `POST /v1/metrics`: everything since the start, so that one that was not taken is made good by the next. */
export function metricsBody(report: MetricsReport, parts: MetricsBodyParts): object {
  const { resource, scope } = parts
  const counted = instruments.flatMap((instrument) => {
    const dataPoints = pointsOf(report, instrument, parts)
    const { description, kind, name, unit } = instrument
    if (dataPoints.length === 0) return []
    return [
      kind === 'histogram'
        ? { name, description, unit, histogram: { aggregationTemporality: 2, dataPoints } }
        : { name, description, unit, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } },
    ]
  })
  return {
    resourceMetrics: [
      {
        resource: { attributes: keyValues(resource), droppedAttributesCount: 0 },
        scopeMetrics: [{ scope, metrics: [...counted, ...gauges(report, parts)] }],
      },
    ],
  }
}

const timesOf = ({ nowMs, startedAtMs }: MetricsBodyParts) => ({
  startTimeUnixNano: nanos(startedAtMs),
  timeUnixNano: nanos(nowMs),
})

/** Labels that the conventions call by one name are one: `chat` is both streamed and not. */
function pointsOf(
  report: MetricsReport,
  { kind, sources }: Instrument,
  parts: MetricsBodyParts,
): readonly object[] {
  return sources.flatMap((source) => {
    const explicitBounds = boundsOf(source)
    const sums = new Map<string, { readonly attributes: Attributes; readonly values: readonly number[] }>()
    for (const { labels, values } of shownOf(report, source)) {
      const attributes = attributesOf(labels)
      const key = JSON.stringify(attributes)
      const before = sums.get(key)?.values
      sums.set(key, { attributes, values: before === undefined ? values : addLists(before, values) })
    }
    return [...sums.values()].map(({ attributes, values }) => {
      const point = { attributes: keyValues(attributes), ...timesOf(parts) }
      if (kind === 'sum') return { ...point, asDouble: values.at(-1) ?? 0 }
      const bucketCounts = values.slice(0, -1)
      const count = bucketCounts.reduce((sum, one) => sum + one, 0)
      return { ...point, count, sum: values.at(-1) ?? 0, bucketCounts, explicitBounds }
    })
  })
}

function gauges({ gauges: all }: MetricsReport, parts: MetricsBodyParts): readonly object[] {
  return gaugeFamilies.flatMap((family) => {
    const value = joinGauges(family, all)
    if (value === null) return []
    const isTotal = family.name.endsWith('_total')
    const name = family.name.replace(/^pointsman_/, 'pointsman.').replace(/_total$|_seconds$|_bytes$/, '')
    const unit = family.name.endsWith('_seconds') ? 's' : family.name.endsWith('_bytes') ? 'By' : '1'
    const dataPoints = [{ attributes: [], ...timesOf(parts), asDouble: value }]
    const told = { name, description: family.help, unit }
    return [
      isTotal
        ? { ...told, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }
        : { ...told, gauge: { dataPoints } },
    ]
  })
}
