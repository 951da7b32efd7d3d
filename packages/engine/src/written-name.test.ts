import { expect, test } from 'vitest'
import { writtenName } from './written-name.ts'

test('a line is the same however often and after whatever else it is written', () => {
  const name = writtenName('x-kept')
  const values = Array.from({ length: 100 }, (_, at) => `value ${at % 40}`)
  for (const value of [...values, 'a long one'.repeat(100), ''])
    expect([name.with(value), name.with(value)]).toEqual([`\r\nx-kept: ${value}`, `\r\nx-kept: ${value}`])
})

test('a line is the same where values are new each time, and what may not stand there is refused still', () => {
  const name = writtenName('x-new-each-time')
  for (let at = 0; at < 1_000; at += 1) expect(name.with(`new ${at}`)).toBe(`\r\nx-new-each-time: new ${at}`)
  expect(name.with('new 0')).toBe('\r\nx-new-each-time: new 0')
  expect(() => name.with('a\r\nb: c')).toThrow(TypeError)
})

test.each(['a\r\nb: c', 'a\nb', 'a\0', 'a\x7f', 'a\u0100', '\u010a'])(
  '%j stands in no head, not even once',
  (value) => {
    const name = writtenName('x-refused')
    expect(() => name.with(value)).toThrow(TypeError)
    expect(() => name.with(value)).toThrow(TypeError)
  },
)

test.each(['', 'a b', 'a:', 'a\r\n', 'ä'])('%j is no name', (name) => {
  expect(() => writtenName(name)).toThrow(TypeError)
})
