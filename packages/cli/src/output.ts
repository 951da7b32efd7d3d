import { fitsBeside, layRecord } from './records.ts'
import { layTable, type Column } from './table.ts'
import { hanging, pad, printable, wrap } from './terminal-text.ts'

/** Where a command writes: tables and sentences for people, JSON for programs. Never both. */
export interface Output {
  /** The caller asked for JSON (`--json`). */
  readonly json: boolean
  line(text: string): void
  /** Without a line end, for text that arrives in pieces. */
  text(text: string): void
  /** A sentence, cleaned, then broken between words on a terminal, then painted; later lines begin after `indent` spaces. */
  sentence(text: string, indent?: number, paint?: (line: string) => string): void
  /** A sentence behind a red mark. */
  failure(text: string, indent?: number): void
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void
  /** The same of columns that nobody chose: where a row is wider than the line, each value has a line of its own. */
  records(columns: readonly Column[], rows: readonly (readonly string[])[]): void
  /** Names and values, one a line. */
  fields(fields: readonly (readonly [string, string])[]): void
  /** JSON: indented, or on one line where several follow each other. */
  value(value: unknown, form?: 'line'): void
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly dim: (text: string) => string
}

export interface OutputOptions {
  readonly json: boolean
  /** Colour only on a terminal. */
  readonly colour: boolean
  /** Characters of a terminal's line; null = unlimited (a pipe). */
  readonly columns: number | null
  readonly write: (text: string) => void
}

export function createOutput(options: OutputOptions): Output {
  const paint =
    (code: number) =>
    (text: string): string =>
      options.colour ? `\u001b[${code}m${text}\u001b[0m` : text
  const dim = paint(2)
  const line = (text: string): void => {
    options.write(`${text}\n`)
  }
  const bad = paint(31)
  const sentence: Output['sentence'] = (text, indent = 0, painted = (part) => part) => {
    for (const part of wrap(printable(text), options.columns, indent)) line(painted(part))
  }
  const table: Output['table'] = (columns, rows) => {
    const { heading, rows: texts, left } = layTable(columns, rows, options.columns)
    line(dim(heading))
    for (const row of texts) {
      line(row.line)
      for (const below of row.below) line(dim(below))
    }
    if (left.length > 0) {
      line(dim(`Not shown for lack of width: ${left.join(', ')} (--json has everything).`))
    }
  }
  return {
    json: options.json,
    line,
    text: options.write,
    sentence,
    failure: (text, indent) => sentence(`✗ ${text}`, indent, (part) => part.replace(/^✗/, bad)),
    value: (value, form) => {
      line(form === 'line' ? JSON.stringify(value) : JSON.stringify(value, null, 2))
    },
    table,
    records(columns, rows) {
      if (fitsBeside(columns, rows, options.columns)) return table(columns, rows)
      rows.forEach((row, place) => {
        line(dim(`Row ${place + 1}`))
        for (const text of layRecord(columns, row, options.columns)) line(text)
      })
    },
    fields(fields) {
      const width = Math.max(...fields.map(([name]) => name.length))
      for (const [name, value] of fields) {
        for (const text of hanging(`${pad(name, width)}  `, printable(value), options.columns)) line(text)
      }
    },
    good: paint(32),
    bad,
    dim,
  }
}
