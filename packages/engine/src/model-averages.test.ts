import { modelId, providerId, type AttemptRecord } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { createModelAverages } from './model-averages.ts'

const call = (id: string, changes: Partial<AttemptRecord> = {}): AttemptRecord => ({
  modelId: modelId(id),
  provider: providerId('bedrock'),
  region: 'eu-central-1',
  startedAtMs: 0,
  headersAfterMs: 50,
  firstContentAfterMs: 100,
  endedAfterMs: 900,
  status: 200,
  upstreamRequestId: null,
  error: null,
  ...changes,
})
const failed = (code: 'upstream_throttled' | 'upstream_error' | 'upstream_rejected' | 'client_closed') => ({
  firstContentAfterMs: null,
  endedAfterMs: 5,
  error: { code, vendorName: null, message: 'no' },
})

test('an average follows the latest calls, and a model that refuses at once is not fast', () => {
  const averages = createModelAverages()
  averages.note(call('a'), 0)
  averages.note(call('b', { firstContentAfterMs: 300 }), 0)
  for (let at = 0; at < 20; at++) averages.note(call('a', { firstContentAfterMs: 500 }), at)
  const latencies = averages.latencies(100)
  expect(latencies.get('a@eu-central-1')).toBeGreaterThan(latencies.get('b@eu-central-1') ?? Infinity)
  averages.note(call('b', failed('upstream_throttled')), 100)
  expect(averages.latencies(100).get('b@eu-central-1')).toBeGreaterThan(5_000)
  expect(averages.health(100).get('b')).toMatchObject({ throttled: 1, errors: 0 })
})

test('what says nothing of the model does not count', () => {
  const averages = createModelAverages()
  averages.note(call('a', failed('upstream_rejected')), 0)
  averages.note(call('a', failed('client_closed')), 0)
  expect(averages.latencies(0).size + averages.health(0).size).toBe(0)
})

test('failures weigh less with time, and what is long ago is forgotten and tried anew', () => {
  const averages = createModelAverages()
  averages.note(call('a', failed('upstream_error')), 0)
  averages.note(call('a', { region: 'eu-west-1' }), 0)
  expect(averages.health(0).get('a')).toEqual({ requests: 2, errors: 1, throttled: 0, latencyMs: 100 })
  expect(averages.health(5 * 60_000).get('a')).toMatchObject({ requests: 1, errors: 0.5 })
  expect(averages.latencies(10 * 60_000).size).toBe(0)
  // A clock that was set back harms nothing.
  averages.note(call('a'), 1_000)
  averages.note(call('a'), 0)
  expect(averages.health(0).get('a')?.requests).toBe(2)
})

test('the bound holds, whatever names come', () => {
  const averages = createModelAverages(3)
  for (let index = 0; index < 50; index++) averages.note(call(`m${index % 7}`), index)
  expect([...averages.latencies(50).keys()]).toEqual(['m5', 'm6', 'm0'].map((id) => `${id}@eu-central-1`))
})
