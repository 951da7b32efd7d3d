import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorTable, type ErrorCode, type UpstreamFailure } from '@pointsman/contract'
import { resilienceDefaults } from './resilience-numbers.ts'
import { isMendable, retryWaitMs, type RetryQuestion } from './retry.ts'

const numbers = resilienceDefaults.retry

const failure = (code: ErrorCode, changes: Partial<UpstreamFailure> = {}): UpstreamFailure => ({
  code,
  status: null,
  vendorName: null,
  message: 'words',
  retryAfterMs: null,
  ...changes,
})

const wait = (failed: UpstreamFailure, changes: Partial<RetryQuestion> = {}): number | null =>
  retryWaitMs(
    {
      failure: failed,
      afterMs: 20,
      retries: 0,
      hasOther: false,
      leftMs: 60_000,
      firstContentMs: null,
      chance: 0.5,
      ...changes,
    },
    numbers,
  )

describe('which failures another call may mend', () => {
  test.each([
    [failure('upstream_throttled', { status: 429 }), true],
    [failure('upstream_throttled'), true],
    [failure('upstream_overloaded', { status: 503 }), true],
    [failure('upstream_error', { status: 500 }), true],
    [failure('upstream_error', { status: 408 }), true],
    [failure('upstream_error', { status: 424 }), true],
    [failure('upstream_unreachable'), true],
    [failure('upstream_broken'), true],
    [failure('upstream_timeout_connect'), true],
    [failure('upstream_throttled', { status: 402 }), false],
    [failure('upstream_throttled', { status: 400 }), false],
    [failure('upstream_throttled', { status: 429, lasting: true }), false],
    [failure('upstream_broken', { lasting: true }), false],
    [failure('upstream_error', { status: 302 }), false],
    [failure('upstream_rejected', { status: 400 }), false],
    [failure('upstream_rejected', { status: 413 }), false],
    [failure('upstream_rejected', { status: 422 }), false],
    [failure('upstream_content_policy', { status: 400 }), false],
    [failure('provider_auth', { status: 401 }), false],
    [failure('provider_auth', { status: 403 }), false],
    [failure('credentials_missing'), false],
    [failure('upstream_model_unavailable', { status: 404 }), false],
    [failure('upstream_timeout_first_byte'), false],
    [failure('upstream_timeout_idle'), false],
    [failure('upstream_timeout_total'), false],
  ])('%o', (failed, mendable) => {
    expect(isMendable(failed)).toBe(mendable)
    expect(wait(failed) !== null).toBe(mendable)
  })

  test('none that ends the plan', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      if (errorTable[code].next === 'stop') expect(isMendable(failure(code)), code).toBe(false)
    }
  })
})

describe('the wait before another call', () => {
  const broken = failure('upstream_broken')
  const busy = failure('upstream_overloaded', { status: 503 })

  test('with another candidate at hand only a connection that broke at once is tried again, and once', () => {
    expect(wait(broken, { hasOther: true })).toBe(50)
    expect(wait(broken, { hasOther: true, afterMs: 501 })).toBeNull()
    expect(wait(broken, { hasOther: true, retries: 1 })).toBeNull()
    expect(wait(busy, { hasOther: true })).toBeNull()
    expect(wait(failure('upstream_unreachable'), { hasOther: true })).toBeNull()
  })

  test('two retries, and the window doubles', () => {
    expect(wait(busy)).toBe(250)
    expect(wait(busy, { retries: 1 })).toBe(500)
    expect(wait(busy, { retries: 2 })).toBeNull()
    expect(wait(failure('upstream_error', { status: 500 }))).toBe(50)
  })

  test('without a budget there is none', () => {
    const question = { failure: busy, afterMs: 20, retries: 0, hasOther: false, leftMs: 60_000 }
    const asked = { ...question, firstContentMs: null, chance: 0.5 }
    expect(retryWaitMs(asked, { ...numbers, budgetPercent: 0 })).toBeNull()
  })

  test('full jitter: the whole window, evenly', () => {
    expect(wait(busy, { chance: 0 })).toBe(0)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        expect(wait(busy, { chance })).toBeCloseTo(chance * numbers.busyWindowMs)
      }),
    )
  })

  test('never sooner than Retry-After says, spread over a second after it; longer than that is not waited', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (toldMs, chance) => {
          const waited = wait({ ...busy, retryAfterMs: toldMs }, { chance })
          if (toldMs > numbers.longestToldMs) expect(waited).toBeNull()
          else {
            expect(waited).toBeGreaterThanOrEqual(toldMs)
            expect(waited).toBeCloseTo(toldMs + chance * numbers.toldSpreadMs)
          }
        },
      ),
    )
  })

  test('only while there is time for a first content after it', () => {
    expect(wait(busy, { leftMs: 1_250 })).toBe(250)
    expect(wait(busy, { leftMs: 1_249 })).toBeNull()
    expect(wait(busy, { leftMs: 1_249, firstContentMs: 200 })).toBe(250)
    expect(wait(busy, { leftMs: 3_249, firstContentMs: 30_000 })).toBeNull()
    expect(wait(busy, { leftMs: 3_250, firstContentMs: 30_000 })).toBe(250)
  })
})
