import { expect, test } from 'vitest'
import { sampleRecord } from '../testing/index.ts'
import { createEmbeddedMetrics } from './writer.ts'

interface Blob {
  readonly _aws: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
    }[]
  }
  readonly [name: string]: unknown
}

const written = (maxPairs = 500) => {
  const lines: string[] = []
  const outlet = createEmbeddedMetrics({
    ...{ namespace: 'acme/Models', nowMs: () => 1_790_000_001_000, maxPairs },
    write: (line) => void lines.push(line),
  })
  return { outlet, blobs: () => lines.map((line) => JSON.parse(line) as Blob) }
}

/** What the specification of the format asks for. */
function problemsOf(blob: Blob): readonly string[] {
  const problems: string[] = []
  for (const { Dimensions, Metrics, Namespace } of blob._aws.CloudWatchMetrics) {
    if (Namespace.length < 1 || Namespace.length > 255) problems.push('namespace')
    if (Metrics.length < 1 || Metrics.length > 100) problems.push(`${Metrics.length} metrics`)
    for (const { Name } of Metrics) if (typeof blob[Name] !== 'number') problems.push(`no value of ${Name}`)
    for (const set of Dimensions) {
      if (set.length > 30) problems.push('dimensions')
      for (const name of set) {
        const value = blob[name]
        if (typeof value !== 'string' || value === '' || value.length > 1_024)
          problems.push(`no value of ${name}`)
      }
    }
  }
  if (Buffer.byteLength(JSON.stringify(blob)) > 256 * 1_024) problems.push('size')
  return problems
}

test('a record is one line that holds its metrics, in a directive for each set of dimensions', () => {
  const { blobs, outlet } = written()
  outlet.take(sampleRecord())
  const [blob] = blobs()
  expect(blob).toEqual({
    _aws: {
      Timestamp: 1_790_000_001_000,
      CloudWatchMetrics: [
        {
          Namespace: 'acme/Models',
          Dimensions: [['Agent', 'Model']],
          Metrics: [
            { Name: 'ModelLatency', Unit: 'Milliseconds' },
            { Name: 'InputTokens', Unit: 'Count' },
            { Name: 'OutputTokens', Unit: 'Count' },
            { Name: 'ModelCost', Unit: 'None' },
          ],
        },
        {
          Namespace: 'acme/Models',
          Dimensions: [['Agent', 'Model', 'Success']],
          Metrics: [{ Name: 'ModelInvocations', Unit: 'Count' }],
        },
      ],
    },
    ...{ Agent: 'sql_agent', Model: 'eu.amazon.nova-pro-v1:0', Success: 'true', RequestId: 'request-1' },
    ...{ ModelLatency: 1_000, InputTokens: 100, OutputTokens: 50, ModelInvocations: 1, ModelCost: 0.00024 },
  })
  expect(blob && problemsOf(blob)).toEqual([])
})

test('what is not known is left out, odd names are made harmless, and those beyond the bound are one other', () => {
  const { blobs, outlet } = written(1)
  outlet.take(sampleRecord({ agent: ':Löschen\n', costNanoUsd: null }))
  outlet.take(sampleRecord({ agent: 'second' }))
  const [first, second] = blobs()
  expect(first).toMatchObject({ Agent: 'L?schen?' })
  expect(first).not.toHaveProperty('ModelCost')
  expect(second).toMatchObject({ Agent: 'other', Model: 'other' })
  expect(blobs().flatMap(problemsOf)).toEqual([])
})

test.each([
  [
    'at once',
    () => {
      throw new Error('EPIPE')
    },
  ],
  ['later', (_: string, failed: () => void) => void setImmediate(() => failed())],
])('a pipe that is gone and says so %s loses values, counted, and throws at nobody', async (_, write) => {
  const outlet = createEmbeddedMetrics({ namespace: 'acme/Models', nowMs: () => 0, write })
  outlet.take(sampleRecord())
  await new Promise(setImmediate)
  expect(outlet.lost()).toBe(5)
})
