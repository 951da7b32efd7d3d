import { errorTable, PointsmanError } from '@pointsman/contract'
import type { ErrorCode } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { decode, decodeJson, dialects } from '../testing/dialects-for-tests.ts'

const { openaiChat } = dialects
const codes = Object.keys(errorTable) as ErrorCode[]

it('writes every error of ours with its status, code and a type that fits', () => {
  const typeOf: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    429: 'rate_limit_error',
  }
  const typeFor = (status: number): string =>
    typeOf[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  for (const code of codes) {
    const written = openaiChat.writeError(new PointsmanError(code, 'why'), 'req-1')
    expect(written.status).toBe(errorTable[code].status)
    expect(written.headers.slice(0, 4)).toEqual(['content-type', 'application/json', 'x-request-id', 'req-1'])
    expect(decodeJson(written.body)).toEqual({
      error: { message: 'why', type: typeFor(written.status), param: null, code },
    })
  }
})

it('names the field, passes the vendor status on, and says when to come back', () => {
  const rejected = new PointsmanError('upstream_rejected', 'no', { status: 422, field: 'messages[0]' })
  const written = openaiChat.writeError(rejected, 'r')
  expect(written.status).toBe(422)
  expect(decodeJson(written.body)).toMatchObject({ error: { param: 'messages[0]' } })
  const limited = openaiChat.writeError(
    new PointsmanError('limit_reached', 'slow', { retryAfterMs: 1_200 }),
    'r',
  )
  expect(limited.headers.slice(4)).toEqual(['retry-after', '2', 'retry-after-ms', '1200'])
})

it('keeps SDKs from sending again what cannot succeed', () => {
  const headers = (code: ErrorCode) => openaiChat.writeError(new PointsmanError(code, 'x'), 'r').headers
  expect(headers('provider_auth')).toContain('x-should-retry')
  expect(headers('no_candidate')).not.toContain('x-should-retry')
  const final = new PointsmanError('no_candidate', 'x', { retryable: false })
  expect(openaiChat.writeError(final, 'r').headers.slice(-2)).toEqual(['x-should-retry', 'false'])
  expect(headers('invalid_request')).not.toContain('x-should-retry')
})

it('writes an error inside a stream as an event of its own', () => {
  const text = decode(openaiChat.writeStreamError(new PointsmanError('upstream_broken', 'line\nbreak')))
  expect(text).toMatch(/^data: \{.*\}\n\n$/)
  expect(JSON.parse(text.slice(6))).toEqual({
    error: { message: 'line\nbreak', type: 'server_error', param: null, code: 'upstream_broken' },
  })
})
