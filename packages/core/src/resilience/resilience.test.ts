import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isoDateMs, utcInstantMs } from '../calendar/utc-instant.ts'
import { overheadUs, type Span } from './overhead.ts'
import { retryAfterMs } from './retry-after.ts'

describe('dates without a clock', () => {
  test('agree with the language’s own on every day of six centuries', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('1800-01-01T00:00:00Z'),
          max: new Date('2400-12-31T23:59:59Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const fields = {
            year: date.getUTCFullYear(),
            month: date.getUTCMonth() + 1,
            day: date.getUTCDate(),
            hour: date.getUTCHours(),
            minute: date.getUTCMinutes(),
            second: date.getUTCSeconds(),
          }
          expect(utcInstantMs(fields)).toBe(Math.floor(date.getTime() / 1_000) * 1_000)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('know which days there are', () => {
    expect(isoDateMs('2024-02-29')).toBe(Date.UTC(2024, 1, 29))
    expect(isoDateMs('2026-02-29')).toBeNull()
    expect(isoDateMs('1900-02-29')).toBeNull()
    expect(isoDateMs('2026-04-31')).toBeNull()
    expect(isoDateMs('2026-13-01')).toBeNull()
    expect(isoDateMs('2026-7-1')).toBeNull()
    expect(isoDateMs('soon')).toBeNull()
  })
})

describe('retry-after', () => {
  const atMs = Date.parse('1994-11-06T08:49:07Z')

  test.each([
    ['120', 120_000],
    ['0', 0],
    [' 1.5 ', 1_500],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ])('%s', (value, waitMs) => {
    expect(retryAfterMs(value, atMs)).toBe(waitMs)
  })

  test.each([
    undefined,
    null,
    '',
    'soon',
    '-1',
    '1e3',
    '9'.repeat(400),
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 06 Now 1994 08:49:37 GMT',
  ])('%s says nothing', (value) => {
    expect(retryAfterMs(value, atMs)).toBeNull()
  })

  test('a two-digit year is never more than 50 years ahead', () => {
    const nowMs = Date.parse('2026-11-21T00:00:00Z')
    expect(retryAfterMs('Saturday, 21-Nov-26 00:00:10 GMT', nowMs)).toBe(10_000)
    expect(retryAfterMs('Sunday, 06-Nov-94 08:49:37 GMT', nowMs)).toBe(0)
  })

  test('reads every instant that HTTP can write', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (second) => {
        const date = new Date(second * 1_000)
        expect(retryAfterMs(date.toUTCString(), 0)).toBe(date.getTime())
      }),
    )
  })
})

describe('overhead', () => {
  test('is the duration less the union of the calls', () => {
    expect(overheadUs(0, 100, [])).toBe(100_000)
    expect(overheadUs(0, 100, [{ startedAtMs: 10, endedAtMs: 60 }])).toBe(50_000)
    const overlapping = [
      { startedAtMs: 50, endedAtMs: 80 },
      { startedAtMs: 10, endedAtMs: 60 },
      { startedAtMs: 20, endedAtMs: 30 },
    ]
    expect(overheadUs(0, 100, overlapping)).toBe(30_000)
    expect(overheadUs(0, 100, [{ startedAtMs: -50, endedAtMs: 200 }])).toBe(0)
    expect(overheadUs(0.0004, 0.0011, [])).toBe(1)
  })

  test('agrees with counting every millisecond that no call covers', () => {
    const anySpan: fc.Arbitrary<Span> = fc
      .tuple(fc.integer({ min: -20, max: 120 }), fc.nat(60))
      .map(([startedAtMs, lengthMs]) => ({ startedAtMs, endedAtMs: startedAtMs + lengthMs }))
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 6 }), (spans) => {
        const free = Array.from({ length: 100 }, (_, ms) => ms).filter(
          (ms) => !spans.some((span) => span.startedAtMs <= ms && ms < span.endedAtMs),
        )
        expect(overheadUs(0, 100, spans)).toBe(free.length * 1_000)
      }),
    )
  })
})
