import { modelId, providerId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { call, compiled, conditions, ids, noNeeds, service } from '../clinic.test-support.ts'
import { decide } from './decide.ts'
import { explainNoCandidate } from './no-candidate.ts'

const snapshot = compiled()

test('missing credentials are named, although the list also holds a model past its end', () => {
  const providers = new Map([
    [
      providerId('bedrock'),
      { ready: false, missing: 'AWS_BEARER_TOKEN_BEDROCK or AWS credentials' } as const,
    ],
  ])
  const plan = decide(snapshot, call('clinical'), conditions({ providers }))
  const error = explainNoCandidate(plan)
  expect(error).toMatchObject({ code: 'credentials_missing', status: 503 })
  expect(error.message).toContain('set AWS_BEARER_TOKEN_BEDROCK or AWS credentials')
  expect(error.message).toContain(ids.sonnet)
  expect(error.message).toContain('past its end of life')
})

test('every candidate stands there with its reason, in words and as data', () => {
  const withTools = { ...noNeeds, tools: true }
  const openCircuits = new Set([
    `${ids.sonnet}@eu-central-1`,
    `${ids.haiku}@eu-central-1`,
    `${ids.novaPro}@eu-central-1`,
  ])
  const plan = decide(snapshot, call('clinical', { needs: withTools }), conditions({ openCircuits }))
  const error = explainNoCandidate(plan)
  expect(error).toMatchObject({ code: 'no_candidate', status: 503 })
  for (const { modelId, reason } of plan.excluded) {
    expect(error.message).toContain(modelId)
    expect(error.message).toContain(reason)
  }
  expect(error.details.data).toEqual({ requested: 'clinical', target: ids.sonnet, excluded: plan.excluded })
})

test('what no other time mends is not to be sent again', () => {
  const withImages = { ...noNeeds, images: true }
  const plan = decide(snapshot, call(ids.novaMicro, { needs: withImages }), conditions({}))
  expect(explainNoCandidate(plan)).toMatchObject({ code: 'no_candidate', status: 503, retryable: false })
  const excluded = (...rules: readonly string[]) =>
    rules.map((rule) => ({ modelId: modelId(rule), gate: 'available' as const, rule, reason: rule }))
  const retryable = (...rules: readonly string[]) =>
    explainNoCandidate({ ...plan, excluded: excluded(...rules) }).retryable
  expect(retryable('disabled', 'end-of-life')).toBe(false)
  expect(retryable('disabled', 'circuit-open')).toBe(true)
  expect(retryable()).toBe(true)
})

test('a key that allows none of them gets 403', () => {
  const principal = { ...service, routes: ['use-case/health'] }
  const error = explainNoCandidate(decide(snapshot, call('clinical'), conditions({ principal })))
  expect(error).toMatchObject({ code: 'forbidden', status: 403 })
  expect(error.message).toContain('use-case/health')
})

test('a chat model asked for vectors is the caller’s mistake, not a state of this server', () => {
  const error = explainNoCandidate(
    decide(snapshot, call(ids.sonnet, { purpose: 'embedding' }), conditions({})),
  )
  expect(error).toMatchObject({ code: 'invalid_request', status: 400, details: { field: 'model' } })
  expect(error.message).toContain(`${ids.sonnet} is a chat model and makes no embeddings`)
})

test('a request that is too long for all of them says so in the words that clients look for', () => {
  const long = { ...noNeeds, inputTokensEstimate: 100_000_000 }
  const error = explainNoCandidate(decide(snapshot, call('clinical', { needs: long }), conditions({})))
  expect(error).toMatchObject({ code: 'no_candidate', status: 503, retryable: false })
  expect(error.message).toMatch(/^The prompt is too long: it exceeds the context window of .*clinical: /)
  expect(error.message).toContain('about 100000000 input tokens')
  expect(error.details.tooLong).toBe(true)
  const plan = decide(snapshot, call('clinical', { needs: { ...long, tools: true } }), conditions({}))
  const unable = { ...plan, excluded: plan.excluded.map((one) => ({ ...one, rule: 'no-tools' })) }
  expect(explainNoCandidate(unable).message).toMatch(/^No model can serve/)
  expect(explainNoCandidate(unable).details.tooLong).toBeUndefined()
})
