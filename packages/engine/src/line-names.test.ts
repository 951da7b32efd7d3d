import { expect, test } from 'vitest'
import { LineNames, valueBetween } from './line-names.ts'

/** As the readers of heads do it. */
function read(names: LineNames, text: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (let at = 0, line = 0; at < text.length; line += 1) {
    const end = text.indexOf('\r\n', at)
    const { came, lower } = names.at(line, text, at)
    found.push([lower, valueBetween(text, at + came.length, end)])
    at = end + 2
  }
  return found
}

const heads = [
  'Host: a\r\nContent-Type: text/plain\r\n',
  'Host: b\r\nContent-Type: text/html\r\n',
  'Host: b\r\nContent: x\r\nContent-Type: text/html\r\n',
  'host:\tb \r\nContent-Type-Of-Mine:\r\n',
  'Content-Type: a:b\r\nHost: c\r\n',
]

test('names are those of each head, whatever the heads before it were', () => {
  const names = new LineNames()
  for (const head of [...heads, ...heads.toReversed()])
    expect(read(names, head)).toEqual(read(new LineNames(), head))
  expect(read(names, heads[3] ?? '')).toEqual([
    ['host', 'b'],
    ['content-type-of-mine', ''],
  ])
})

test('more lines and names than are kept are read all the same', () => {
  const names = new LineNames()
  const lines = Array.from({ length: 400 }, (_, index) => `X-Own-${index}: ${index}\r\n`)
  for (let round = 0; round < 2; round += 1)
    expect(read(names, lines.join('')).map(([name]) => name)).toEqual(
      lines.map((_, index) => `x-own-${index}`),
    )
})

test('a name that is long is read and kept nowhere', () => {
  const names = new LineNames()
  const long = `X-${'y'.repeat(70)}`
  for (let round = 0; round < 2; round += 1)
    expect(read(names, `${long}: 1\r\n`)).toEqual([[long.toLowerCase(), '1']])
  const first = names.at(0, `${long}: 1\r\n`, 0)
  expect(names.at(0, `${long}: 1\r\n`, 0)).not.toBe(first)
  expect(names.at(1, 'X-Short: 1\r\n', 0)).toBe(names.at(1, 'X-Short: 1\r\n', 0))
})
