import { expect, test } from 'vitest'
import { keysCreate } from './commands/keys-create.ts'
import { readUntil } from './read-until.ts'

test.each([
  ['30d', { seconds: 2_592_000 }],
  ['12h', { seconds: 43_200 }],
  ['90m', { seconds: 5_400 }],
  ['2027-01-31', { instant: '2027-02-01T00:00:00.000Z' }],
  ['2027-01-31T12:00:00+02:00', { instant: '2027-01-31T10:00:00.000Z' }],
  [undefined, {}],
])('a key that expires %s ends at %o', (text, until) => {
  expect(readUntil(text, '--expires', keysCreate)).toEqual(until)
})

test.each([
  'tomorrow',
  '2027-02-30x',
  '2027-13-01',
  '2027-02-30',
  '2027-02-29T12:00:00Z',
  '2027-01-31T12:00:00',
  '',
])('%s is no expiry', (text) => {
  expect(() => readUntil(text, '--expires', keysCreate)).toThrow('--expires takes')
})
