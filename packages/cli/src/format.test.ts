import { expect, test } from 'vitest'
import { count, dollars, instant, milliseconds, share } from './format.ts'
import { createOutput } from './output.ts'

test.each([
  [null, '?'],
  [0, '$0'],
  [3, '$3'],
  [0.06, '$0.06'],
  [1.05, '$1.05'],
  [-12.5, '-$12.5'],
  [0.000269, '$0.000269'],
  [1234.5, '$1235'],
])('%s US dollars', (value, text) => {
  expect(dollars(value)).toBe(text)
})

test('what is unknown is shown as unknown, never as zero', () => {
  expect([count(null), milliseconds(null), instant(null), share(null)]).toEqual(['?', '-', '-', '-'])
  expect([count(1234567), milliseconds(999), milliseconds(1500), instant(0), share(0.125)]).toEqual([
    '1,234,567',
    '999 ms',
    '1.5 s',
    '1970-01-01 00:00:00',
    '12.5 %',
  ])
})

test('a table lines up by what a terminal shows, and a name cannot move its cursor', () => {
  let written = ''
  const output = createOutput({
    json: false,
    colour: false,
    columns: null,
    write: (text) => (written += text),
  })
  output.table(
    ['ID', 'NAME'],
    [
      ['日本', 'a'],
      ['x\u001b[2J', 'b'],
    ],
  )
  expect(written).toBe('ID     NAME\n日本   a\nx [2J  b\n')
})
