import { expect, test } from 'vitest'
import { failureWords } from './failure-words.ts'

test('a failure is told in its own words; of fetch in those of what failed beneath', () => {
  expect(failureWords(new Error('no such table'))).toBe('no such table')
  expect(failureWords('nothing')).toBe('nothing')
  const beneath = new Error('connect ECONNREFUSED 127.0.0.1:1')
  expect(failureWords(new TypeError('fetch failed', { cause: beneath }))).toBe(beneath.message)
  expect(failureWords(new TypeError('fetch failed', { cause: new Error('') }))).toBe('fetch failed')
  // Several addresses that all refuse come without words.
  const both = new AggregateError([beneath, new Error('no route'), beneath])
  expect(failureWords(new TypeError('fetch failed', { cause: both }))).toBe(`${beneath.message}, no route`)
  expect(failureWords(new Error('the secret could not be read', { cause: beneath }))).toBe(
    'the secret could not be read',
  )
})
