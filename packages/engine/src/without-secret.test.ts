import { expect, test } from 'vitest'
import { mayQuote, withoutSecret } from './without-secret.ts'

const secret = 'sk-ours-0123456789abcdefghijklmnopqrstuv'

test.each([
  ['whole', `key ${secret} is wrong`, 'key … is wrong'],
  ['twice', `${secret}, ${secret}`, '…, …'],
  ['cut at its end, which is that of the text', `key ${secret.slice(0, 9)}`, 'key …'],
  ['its first characters', `key ${secret.slice(0, 20)}… is wrong`, 'key …… is wrong'],
  ['its last characters', `key …${secret.slice(-20)} is wrong`, 'key …… is wrong'],
  ['all but its first one', `key ${secret.slice(1)}`, 'key …'],
])('a credential that is quoted: %s', (_, text, told) => {
  expect(mayQuote(text, secret)).toBe(true)
  expect(withoutSecret(text, secret)).toBe(told)
})

test.each([
  ['as vendors mask it', `Incorrect API key provided: sk-ours-****************${secret.slice(-4)}.`],
  ['by a few of its last characters', `the key that ends in ${secret.slice(-8)}`],
  ['not at all', 'no capacity today'],
])('what names it passes as it came: %s', (_, text) => {
  expect(withoutSecret(text, secret)).toBe(text)
})

test('a short credential is looked for whole, and none is never quoted', () => {
  expect(withoutSecret('key local', 'local')).toBe('key …')
  expect(withoutSecret('key ocal', 'local')).toBe('key ocal')
  expect(mayQuote('any text', null)).toBe(false)
  expect(mayQuote('any text', '')).toBe(false)
})
