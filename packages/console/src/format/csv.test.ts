import { expect, test } from 'vitest'
import { csvLines, csvTitles, type CsvColumn } from './csv.ts'

test('fields are quoted as RFC 4180 says, and none is a formula to a spreadsheet', () => {
  const rows = ['plain', 'a "quoted", one', 'two\nlines', '=cmd|calc', '@sum', '-1']
  const columns: readonly CsvColumn<string>[] = [
    ['text', (row) => row],
    ['nothing', () => null],
    ['number', () => -1.5],
  ]
  const told = csvTitles(columns) + csvLines(columns, rows)
  expect(told.split('\r\n')).toEqual([
    'text,nothing,number',
    'plain,,-1.5',
    '"a ""quoted"", one",,-1.5',
    '"two\nlines",,-1.5',
    "'=cmd|calc,,-1.5",
    "'@sum,,-1.5",
    "'-1,,-1.5",
    '',
  ])
})
