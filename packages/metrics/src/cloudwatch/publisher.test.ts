import { modelId, requestId, type UsageRecord } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCloudWatchStandIn, sampleRecord, type CloudWatchStandIn } from '../testing/index.ts'
import { openCloudWatch } from './client.ts'
import { createCloudWatchPublisher, type CloudWatchParts } from './publisher.ts'
import type { CloudWatchCalls } from './put-metric-data.ts'

let service: CloudWatchStandIn
let calls: CloudWatchCalls
const said: { readonly event: string; readonly facts: { readonly [name: string]: unknown } }[] = []
beforeEach(async () => {
  said.length = 0
  service = await createCloudWatchStandIn()
  calls = await openCloudWatch({
    region: 'eu-central-1',
    endpoint: service.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  })
})
afterEach(async () => {
  calls.close()
  await service.close()
})

const clock = {
  nowMs: () => Date.now(),
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const publisher = (changes: Partial<CloudWatchParts> = {}) =>
  createCloudWatchPublisher({
    namespace: 'acme/Models',
    ...{ clock, calls, chance: () => 0 },
    log: (_level, event, facts) => void said.push({ event, facts }),
    ...changes,
  })

const failed = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  sampleRecord({
    ...{ outcome: 'failed', modelId: null, provider: null, costNanoUsd: null },
    error: { code: 'upstream_throttled', message: 'Too many' },
    usage: { ...sampleRecord().usage, inputTokens: null, outputTokens: null },
    ...changes,
  })

test('the five metrics arrive with their dimensions, units and exact sums', async () => {
  const outlet = publisher()
  const latencies = [3, 17, 120.25, 121, 998, 5_000]
  for (const durationMs of latencies) outlet.take(sampleRecord({ durationMs }))
  outlet.take(failed({ durationMs: 50 }))
  expect(await outlet.close(5_000)).toEqual({ sent: 6 * 5 + 2, waiting: 0, lost: 0 })
  expect(service.problems).toEqual([])
  const model = 'eu.amazon.nova-pro-v1:0'
  const of = { Agent: 'sql_agent', Model: model }
  expect(service.sum('ModelLatency', of)).toBeCloseTo(
    latencies.reduce((sum, one) => sum + one, 50),
    6,
  )
  expect(service.sum('InputTokens', of)).toBe(600)
  expect(service.sum('OutputTokens', of)).toBe(300)
  expect(service.sum('ModelCost', of)).toBeCloseTo(6 * 0.00024, 12)
  expect(service.sum('ModelInvocations', { ...of, Success: 'true' })).toBe(6)
  expect(service.sum('ModelInvocations', { ...of, Success: 'false' })).toBe(1)
  const shapes = new Set(
    service.received.map(
      ({ Dimensions, MetricName, Unit }) =>
        `${MetricName} ${Unit} ${Dimensions.map(({ Name }) => Name).join()}`,
    ),
  )
  expect([...shapes].sort()).toEqual([
    'InputTokens Count Agent,Model',
    'ModelCost None Agent,Model',
    'ModelInvocations Count Agent,Model,Success',
    'ModelLatency Milliseconds Agent,Model',
    'OutputTokens Count Agent,Model',
  ])
})

test('what many agents and models did fits into calls within the limits', async () => {
  const outlet = publisher({ maxPairs: 2_000 })
  let latency = 0
  for (let index = 0; index < 1_500; index++) {
    for (let again = 0; again < 3; again++) {
      latency += index * 7.3 + again * 1_000
      outlet.take(
        sampleRecord({
          agent: `agent-${index}-${'ü'.repeat(40)}`,
          modelId: modelId(`model-${index % 7}`),
          durationMs: index * 7.3 + again * 1_000,
        }),
      )
    }
  }
  // One series with more values than one datum holds.
  for (let value = 1; value < 40_000; value = Math.ceil(value * 1.02)) {
    latency += value
    outlet.take(sampleRecord({ durationMs: value }))
  }
  expect(await outlet.close(20_000)).toMatchObject({ waiting: 0, lost: 0 })
  expect(service.problems).toEqual([])
  expect(service.calls()).toBeGreaterThan(7)
  expect(service.sum('ModelLatency') / latency).toBeCloseTo(1, 9)
})

test('pairs beyond the bound are counted as one other, not lost', async () => {
  const outlet = publisher({ maxPairs: 2 })
  for (const agent of ['a', 'b', 'c', 'd', 'a']) outlet.take(sampleRecord({ agent }))
  await outlet.close(5_000)
  expect(service.sum('ModelInvocations', { Agent: 'a' })).toBe(2)
  expect(service.sum('ModelInvocations', { Agent: 'other', Model: 'other' })).toBe(2)
  expect(service.sum('ModelInvocations')).toBe(5)
})

test('what a throttled service did not take is sent again, once', async () => {
  const outlet = publisher()
  outlet.take(sampleRecord())
  service.setMood('throttles')
  expect(await outlet.flush(300)).toMatchObject({ sent: 0, lost: 0, waiting: 5 })
  outlet.take(sampleRecord({ requestId: requestId('request-2') }))
  service.setMood('well')
  expect(await outlet.flush(5_000)).toMatchObject({ waiting: 0, lost: 0 })
  expect(service.sum('ModelInvocations')).toBe(2)
  expect(said.map(({ event }) => event)).toContain('metrics_not_delivered')
  await outlet.close(1_000)
})

test('a service that hangs holds nobody: taking is done at once, and closing ends in time and says what was lost', async () => {
  service.setMood('hangs')
  const outlet = publisher()
  outlet.take(sampleRecord())
  const flushed = outlet.flush(100)
  for (let index = 0; index < 1_000; index++) outlet.take(sampleRecord())
  expect(await flushed).toMatchObject({ sent: 0, waiting: 5 })
  expect(await outlet.close(100)).toMatchObject({ waiting: 0, lost: 5_005 })
  expect(outlet.lost()).toBe(5_005)
  expect(said.filter(({ event }) => event === 'metrics_lost')).toMatchObject([{ facts: { lost: 5_005 } }])
})

test('what the service will never take is dropped, counted and said, and does not hold up the rest', async () => {
  service.setMood('refuses')
  const outlet = publisher()
  outlet.take(sampleRecord())
  expect(await outlet.flush(5_000)).toEqual({ sent: 0, waiting: 0, lost: 5 })
  service.setMood('well')
  outlet.take(sampleRecord())
  expect(await outlet.close(5_000)).toEqual({ sent: 5, waiting: 0, lost: 0 })
})

test('more than may wait loses the oldest', async () => {
  service.setMood('throttles')
  const outlet = publisher({ maxWaiting: 10 })
  for (const agent of ['first', 'second', 'third']) outlet.take(sampleRecord({ agent }))
  expect(await outlet.flush(50)).toMatchObject({ lost: 5, waiting: 10 })
  service.setMood('well')
  await outlet.close(5_000)
  expect(service.sum('ModelInvocations', { Agent: 'first' })).toBe(0)
  expect(service.sum('ModelInvocations')).toBe(2)
})
