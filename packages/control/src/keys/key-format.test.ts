import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { newKey, randomText } from './key-format.ts'

const bytes = (count: number): Uint8Array => randomBytes(count)

test('a key carries its id and at least 256 bits that nobody knows', () => {
  const made = newKey(bytes)
  expect(made.key).toMatch(/^pm_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
  expect(made.key.split('_')[1]).toBe(made.id)
  expect(43 * Math.log2(62)).toBeGreaterThanOrEqual(256)
  expect(newKey(bytes).key).not.toBe(made.key)
})

test('the checksum is the CRC-32 that everybody else computes', () => {
  const { key } = newKey(bytes)
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const digits = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + alphabet.indexOf(digit), 0)
  expect(digits).toBe(crc32(key.slice(0, -7)))
})

test('bytes that would favour some characters are thrown away', () => {
  const served: number[][] = [
    [248, 255, 0, 61],
    [62, 247, 250, 1],
  ]
  expect(randomText(() => Uint8Array.from(served.shift() ?? []), 4)).toBe('0z0z')
})
