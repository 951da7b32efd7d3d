import { expect, test } from 'vitest'
import {
  modelId,
  providerId,
  type ErrorCode,
  type PointsmanError,
  type UpstreamFailure,
} from '@pointsman/contract'
import { exhaustedError } from './exhausted.ts'
import type { FailedCandidate } from './run.ts'

const failed = (
  code: ErrorCode,
  changed: Partial<UpstreamFailure> = {},
  id: string = code,
): FailedCandidate => ({
  candidate: {
    modelId: modelId(`model-${id}`),
    provider: providerId('bedrock'),
    upstreamId: id,
    region: 'eu-central-1',
    step: 'target',
    priceId: null,
    warnings: [],
  },
  failure: {
    code,
    status: null,
    vendorName: null,
    message: `words of ${id}`,
    retryAfterMs: null,
    ...changed,
  },
})

const exhausted = (failures: readonly FailedCandidate[]): PointsmanError =>
  exhaustedError({ failures, untried: [], lateAfterMs: null })

test('all were throttled: 429 with the shortest wait that any of them named', () => {
  const error = exhausted([
    failed('upstream_throttled', { retryAfterMs: 9_000 }),
    failed('upstream_throttled', { retryAfterMs: 2_500 }),
    failed('upstream_throttled'),
  ])
  expect([error.code, error.status, error.details.retryAfterMs]).toEqual(['upstream_throttled', 429, 2_500])
})

test('a throttled one among others is not the answer', () => {
  expect(
    exhausted([failed('upstream_overloaded'), failed('upstream_throttled', { retryAfterMs: 1 })]),
  ).toMatchObject({
    code: 'upstream_overloaded',
    status: 503,
    details: { data: { tried: [{ code: 'upstream_overloaded' }, { code: 'upstream_throttled' }] } },
  })
  expect(exhausted([failed('upstream_error'), failed('upstream_timeout_first_byte')]).status).toBe(504)
})

test('credentials are told only where they are the only trouble', () => {
  expect(exhausted([failed('provider_auth'), failed('credentials_missing')])).toMatchObject({
    code: 'provider_auth',
    status: 502,
  })
  expect(exhausted([failed('credentials_missing'), failed('credentials_missing')]).status).toBe(503)
  expect(exhausted([failed('upstream_error'), failed('provider_auth')]).code).toBe('upstream_error')
  expect(exhausted([failed('upstream_throttled'), failed('provider_auth')]).code).toBe('upstream_throttled')
})

test('a refusal of the request is passed on in the vendor’s words with its status', () => {
  const error = exhausted([
    failed('upstream_throttled'),
    failed('upstream_rejected', { status: 422, vendorName: 'ValidationException' }, 'second'),
  ])
  expect(error).toMatchObject({ code: 'upstream_rejected', message: 'words of second', status: 422 })
  expect(error.details.vendorName).toBe('ValidationException')
})

test('names every candidate that was tried and why it failed', () => {
  const { message } = exhausted([
    failed('upstream_error', { vendorName: 'InternalServerException' }),
    failed('upstream_timeout_idle'),
  ])
  expect(message).toContain(
    'model-upstream_error in eu-central-1: upstream_error (InternalServerException), words of upstream_error',
  )
  expect(message).toContain('model-upstream_timeout_idle')
})

test('callers do not read what the vendor says of our credential or our account', () => {
  const arn = 'arn:aws:iam::123456789012:user/pointsman'
  const error = exhausted([
    failed('provider_auth', { message: `${arn} has expired` }),
    failed('upstream_model_unavailable', {
      message: `User: ${arn} is not authorized to perform: bedrock:InvokeModel`,
    }),
  ])
  const told = error.message + JSON.stringify(error.details)
  expect(told).not.toContain('123456789012')
  expect(told).not.toContain('expired')
  expect(told).toContain('not authorized to perform: bedrock:InvokeModel')
})

test('names who was not tried, and the deadline where that ended the plan', () => {
  const error = exhaustedError({
    failures: [failed('upstream_throttled', { message: 'Too many.' })],
    untried: [{ modelId: modelId('model-second'), reason: 'no time was left' }],
    lateAfterMs: 600,
  })
  expect([error.code, error.message]).toEqual([
    'upstream_timeout_total',
    'The request took longer than 600 ms. Tried model-upstream_throttled in eu-central-1: upstream_throttled, Too many. Not tried: model-second: no time was left.',
  ])
  expect(error.details.data).toMatchObject({ untried: [{ model: 'model-second' }] })
})

test('a status that contradicts the word of a refusal is not passed on', () => {
  const statusOf = (status: number): number => exhausted([failed('upstream_rejected', { status })]).status
  expect([413, 422, 500, 503, 401, 403, 407, 499].map(statusOf)).toEqual([
    413, 422, 400, 400, 400, 400, 400, 400,
  ])
})

test('a refusal for the length of the request says so to the face', () => {
  const refused = exhausted([failed('upstream_rejected', { status: 400, tooLong: true })])
  expect(refused).toMatchObject({ code: 'upstream_rejected', status: 400, details: { tooLong: true } })
  expect(exhausted([failed('upstream_rejected', { status: 400 })]).details.tooLong).toBeUndefined()
})
