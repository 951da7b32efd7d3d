import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSeal } from './seal.ts'

const key = randomBytes(32)
const seal = createSeal(key)

test('what was sealed opens for its purpose alone, under its key alone', () => {
  const sealed = seal.seal('console-session', 'who it is: Ä')
  expect(sealed).toMatch(/^[\w-]+$/)
  expect(seal.open('console-session', sealed)).toBe('who it is: Ä')
  expect(seal.open('console-ticket', sealed)).toBe(null)
  expect(createSeal(randomBytes(32)).open('console-session', sealed)).toBe(null)
})

test('altered at any byte, cut or made up it opens as nothing', () => {
  const bytes = Buffer.from(seal.seal('console-session', 'text'), 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes)
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(seal.open('console-session', altered.toString('base64url'))).toBe(null)
    expect(seal.open('console-session', bytes.subarray(0, at).toString('base64url'))).toBe(null)
  }
  // Bits that make no byte are not read, so they would make a second spelling of the same.
  const sealed = bytes.toString('base64url')
  for (const more of ['A', '=', ' ', '\n']) expect(seal.open('console-session', sealed + more)).toBe(null)
  for (const text of ['', 'x', '!!!', 'a'.repeat(10_000)])
    expect(seal.open('console-session', text)).toBe(null)
})
