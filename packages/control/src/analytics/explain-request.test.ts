import { expect, test } from 'vitest'
import { usageRecord } from '../testing/usage-record.ts'
import { explainRequest } from './explain-request.ts'

const atMs = Date.UTC(2026, 1, 1)

test('what was asked for is told with where the name led, a name that led nowhere without', () => {
  const asked = (changes: Parameters<typeof usageRecord>[2]): string | undefined =>
    explainRequest(usageRecord('request-1', atMs, changes))[0]
  const { plan } = usageRecord('request-1', atMs)
  expect(asked({ route: 'default' })).toContain('(the route default)')
  expect(asked({ route: null, plan })).toContain('(a model named outright)')
  expect(asked({ route: null, plan: { ...plan, target: null }, requested: 'nobody' })).toContain(
    'asked for "nobody" on the face',
  )
})

test('an error’s own full stop does not double the sentence’s', () => {
  const error = { code: 'client_closed', message: 'The caller left before the end.' } as const
  const words = explainRequest(usageRecord('request-1', atMs, { outcome: 'partial', error }))
  expect(words.join(' ')).toContain(': The caller left before the end. ')
})

test('retries are told as such, and that circuits were ignored', () => {
  const { attempts, plan } = usageRecord('request-1', atMs)
  const [first] = attempts
  if (first === undefined) throw new Error('the sample has no attempt')
  const failed = { ...first, startedAtMs: atMs, endedAfterMs: 20, status: 503 }
  const again = { ...failed, startedAtMs: atMs + 270, status: 200 }
  const other = { ...again, region: 'us-east-1' }
  const words = explainRequest(
    usageRecord('request-1', atMs, {
      attempts: [failed, again, other],
      plan: { ...plan, circuitsIgnored: true },
    }),
  )
  expect(words.filter((sentence) => sentence.startsWith('Attempt'))).toEqual([
    expect.stringMatching(/^Attempt 1: \S+ at \S+ in \S+ ended after 20 ms/),
    expect.stringMatching(/^Attempt 2: \S+ at \S+ in \S+, again after 250 ms, ended after/),
    expect.stringMatching(/^Attempt 3: \S+ at \S+ in us-east-1 ended after/),
  ])
  expect(words).toContain('Every candidate was held back after failures, so they were called all the same.')
})

test('cached tokens are told among the input', () => {
  const { usage } = usageRecord('request-1', atMs)
  const some = {
    ...usage,
    inputTokens: 6,
    cacheReadTokens: 1_000,
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 0,
  }
  const told = (inputTokens: number | null) =>
    explainRequest(usageRecord('request-1', atMs, { usage: { ...some, inputTokens } })).join(' ')
  expect(told(6)).toContain('1026 input and')
  expect(told(null)).toContain('unknown input and')
})

test('the service tier that is billed is told where it is not the standard one', () => {
  const costOf = (changes: Parameters<typeof usageRecord>[2]): string =>
    explainRequest(usageRecord('request-1', atMs, changes)).find((words) =>
      words.includes('output tokens'),
    ) ?? ''
  expect(costOf({ serviceTier: 'priority' })).toMatch(/output tokens in the service tier priority; \$/)
  expect(costOf({})).toMatch(/output tokens; \$/)
})
