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
