import { unknownUsage } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { FailedAnswer } from '../failed-answer.ts'
import { readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'

const encoder = new TextEncoder()
const error = { code: 'server_error', message: 'The model broke.' }
const failed = { status: 'failed', error, output: [], service_tier: 'flex' }
const usage = {
  ...{ input_tokens: 100, input_tokens_details: { cached_tokens: 40 } },
  ...{ output_tokens: 50, output_tokens_details: { reasoning_tokens: 20 } },
}
const read = {
  ...unknownUsage,
  ...{ inputTokens: 60, cacheReadTokens: 40, outputTokens: 50, reasoningTokens: 20 },
}
const flex = { tier: 'flex', raw: 'flex' }

function thrownBy(json: object): unknown {
  try {
    return readResult(encoder.encode(JSON.stringify(json)))
  } catch (thrown) {
    return thrown
  }
}

describe('a response that failed', () => {
  test('tells what it used with its error', () => {
    const thrown = thrownBy({ ...failed, usage })
    expect(thrown).toBeInstanceOf(FailedAnswer)
    expect(thrown).toMatchObject({
      ...{ code: 'upstream_error', details: { vendorName: 'server_error' } },
      told: { finish: null, usage: read, serviceTier: flex },
    })
  })

  test('is an error alone where it tells nothing', () => {
    const thrown = thrownBy({ ...failed, usage: null })
    expect(thrown).not.toBeInstanceOf(FailedAnswer)
    expect(thrown).toMatchObject({ code: 'upstream_error' })
  })

  test.each(['relay', 'translate'] as const)('tells it in a stream before the error; mode: %s', (mode) => {
    const partsOf = (response: object) => {
      const reader = createStreamReader({ mode, hideUsage: false })
      const event = `data: ${JSON.stringify({ type: 'response.failed', response })}\n\n`
      const [frame] = reader.push(encoder.encode(event))
      expect(frame?.role).toBe('error')
      return frame?.parts
    }
    expect(partsOf({ ...failed, usage })).toEqual([
      { type: 'usage', usage: read, upstreamLatencyMs: null },
      { type: 'service-tier', served: flex },
      { type: 'error', error: { name: 'server_error', message: 'The model broke.' } },
    ])
    expect(partsOf({ ...failed, usage: null, service_tier: null })).toEqual([
      { type: 'error', error: { name: 'server_error', message: 'The model broke.' } },
    ])
  })
})
