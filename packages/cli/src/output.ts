/** Where a command writes: tables and sentences for people, JSON for programs. Never both. */
export interface Output {
  /** The caller asked for JSON (`--json`). */
  readonly json: boolean
  line(text: string): void
  /** Without a line end, for text that arrives in pieces. */
  text(text: string): void
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void
  value(value: unknown): void
  good(text: string): string
  bad(text: string): string
  dim(text: string): string
}

export interface OutputOptions {
  readonly json: boolean
  /** Colour only on a terminal. */
  readonly colour: boolean
  /** Characters of a terminal's line; null = unlimited (a pipe). */
  readonly columns: number | null
  readonly write: (text: string) => void
}

/** Terminal cells, near enough: wide East Asian characters and emoji take two, combining marks none. */
const cells = (text: string): number => {
  let count = 0
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue
    count +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return count
}
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)))

/** A name from the server must not move the cursor or colour the operator's terminal. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

export function createOutput(options: OutputOptions): Output {
  const paint =
    (code: number) =>
    (text: string): string =>
      options.colour ? `\u001b[${code}m${text}\u001b[0m` : text
  const line = (text: string): void => {
    options.write(`${text}\n`)
  }
  return {
    json: options.json,
    line,
    text: options.write,
    value: (value) => {
      line(JSON.stringify(value, null, 2))
    },
    table(headings, rows) {
      const clean = rows.map((row) => row.map(printable))
      const widths = headings.map((heading, column) =>
        Math.max(cells(heading), ...clean.map((row) => cells(row[column] ?? ''))),
      )
      const render = (row: readonly string[]): string =>
        row
          .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
          .join('  ')
          .trimEnd()
      const fit = (text: string): string =>
        options.columns !== null && text.length > options.columns
          ? `${text.slice(0, options.columns - 1)}…`
          : text
      line(paint(2)(fit(render(headings))))
      for (const row of clean) line(fit(render(row)))
    },
    good: paint(32),
    bad: paint(31),
    dim: paint(2),
  }
}
