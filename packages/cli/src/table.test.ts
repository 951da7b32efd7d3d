import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOutput } from './output.ts'
import { layTable, type Column } from './table.ts'
import { cells, clip, wrap } from './terminal-text.ts'

const tableText = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
) => {
  let written = ''
  createOutput({ json: false, colour: false, columns: width, write: (text) => (written += text) }).table(
    columns,
    rows,
  )
  return written
}

test('lines up by what a terminal shows, and a name cannot move its cursor', () => {
  expect(
    tableText(
      [{ heading: 'ID' }, { heading: 'N', align: 'right' }, { heading: 'NAME' }],
      [
        ['日本', '1', 'a'],
        ['x\u001b[2J', '100', 'b'],
      ],
      null,
    ),
  ).toBe('ID       N  NAME\n日本     1  a\nx [2J  100  b\n')
})

describe('a line that is too narrow', () => {
  const columns: readonly Column[] = [
    { heading: 'ID' },
    { heading: 'NAME', least: 6 },
    { heading: 'N', align: 'right', drop: 2 },
    { heading: 'M', align: 'right', drop: 1 },
    { heading: 'WHY', below: true },
  ]
  const rows = [
    ['model-1', 'A long name', '10', '20', 'because of this'],
    ['model-22', 'Short', '1', '2', '-'],
  ]
  test.each([
    [
      null,
      'ID        NAME          N   M  WHY\nmodel-1   A long name  10  20  because of this\nmodel-22  Short         1   2  -\n',
    ],
    [
      46,
      'ID        NAME          N   M  WHY\nmodel-1   A long name  10  20  because of this\nmodel-22  Short         1   2  -\n',
    ],
    [
      42,
      'ID        NAME      N   M  WHY\nmodel-1   A long…  10  20  because of this\nmodel-22  Short     1   2  -\n',
    ],
    [
      30,
      'ID        NAME          N   M\nmodel-1   A long name  10  20\n  because of this\nmodel-22  Short         1   2\n',
    ],
    [
      21,
      'ID        NAME      N\nmodel-1   A long…  10\n  because of this\nmodel-22  Short     1\nNot shown for lack of width: M (--json has everything).\n',
    ],
    [
      16,
      'ID        NAME\nmodel-1   A lon…\n  because of\n  this\nmodel-22  Short\nNot shown for lack of width: M, N (--json has everything).\n',
    ],
  ])(
    'of %s cells first cuts names, then moves a column below, then leaves one out; an id stays whole',
    (width, text) => {
      expect(tableText(columns, rows, width)).toBe(text)
    },
  )
})

test('rows keep their count and their ids, and fit wherever they can', () => {
  const cell = fc.string({ maxLength: 30 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,20}$/), cell, cell), { maxLength: 8 }),
      fc.integer({ min: 24, max: 120 }),
      (rows, width) => {
        const columns = [
          { heading: 'ID' },
          { heading: 'A', least: 2, drop: 1 },
          { heading: 'B', below: true as const },
        ]
        const text = layTable(columns, rows, width)
        expect(text.rows).toHaveLength(rows.length)
        for (const [at, row] of text.rows.entries()) {
          expect(row.line.startsWith(rows[at]?.[0] ?? '?')).toBe(true)
          expect(cells(row.line)).toBeLessThanOrEqual(width)
        }
      },
    ),
  )
})

test('text is cut and wrapped by cells', () => {
  expect(clip('日本語', 5)).toBe('日本…')
  expect(clip('日本語', 6)).toBe('日本語')
  expect(wrap('  one two three', 9, 4)).toEqual(['  one two', '    three'])
  expect(wrap('anextremelylongword and', 5)).toEqual(['anextremelylongword', 'and'])
  expect(wrap('one two', null)).toEqual(['one two'])
})

describe('rows of columns that nobody chose', () => {
  const recordText = (rows: readonly (readonly string[])[], width: number | null): string => {
    let written = ''
    const output = createOutput({
      json: false,
      colour: false,
      columns: width,
      write: (text) => (written += text),
    })
    output.records([{ heading: 'id' }, { heading: 'reason' }], rows)
    return written
  }
  const rows = [
    ['eu.amazon.nova-pro-v1:0', 'costs less and is as good'],
    ['b', ''],
  ]

  test('stand beside each other where they fit', () => {
    for (const width of [null, 50]) {
      expect(recordText(rows, width)).toBe(
        'id                       reason\neu.amazon.nova-pro-v1:0  costs less and is as good\nb\n',
      )
    }
  })

  test('and one value a line where one of them does not, nothing cut', () => {
    expect(recordText(rows, 30)).toBe(
      [
        'Row 1',
        '  id      eu.amazon.nova-pro-v1:0',
        '  reason  costs less and is as',
        '          good',
        'Row 2',
        '  id      b',
        '  reason',
        '',
      ].join('\n'),
    )
  })
})
