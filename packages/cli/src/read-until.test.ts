import { expect, test } from 'vitest'
import { keysCreate } from './commands/keys-create.ts'
import { readUntil } from './read-until.ts'

test.each([
  ['30d', '2026-12-21T00:00:00.000Z'],
  ['90m', '2026-11-21T01:30:00.000Z'],
  ['2027-01-31', '2027-02-01T00:00:00.000Z'],
  ['2027-01-31T12:00:00+02:00', '2027-01-31T10:00:00.000Z'],
])('a key that expires %s ends at %s', (text, instant) => {
  expect(readUntil(text, '--expires', keysCreate, Date.parse('2026-11-21T00:00:00Z'))).toBe(instant)
})

test.each(['tomorrow', '2027-02-30x', '2027-13-01', '2027-01-31T12:00:00', ''])('%s is no expiry', (text) => {
  expect(() => readUntil(text, '--expires', keysCreate)).toThrow('--expires takes')
})
