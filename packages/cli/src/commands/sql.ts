import type { SqlResult, SqlStatement } from '@pointsman/sdk'
import { liveWords, tellUnheard } from '../behind-words.ts'
import { exitCodes, UsageError, type Asked, type Command } from '../command.ts'
import type { Output } from '../output.ts'
import { reasonOption } from '../set-availability.ts'

export const sql: Command = {
  name: 'sql',
  summary: 'Runs SQL as service_role, in one transaction.',
  details:
    'Without SQL and without --file it is read from standard input. Rows that are wider than the terminal are shown with one value a line. An UPDATE is a switch like any other: recorded, and live when the command returns, or told as pending. Nothing is kept where a statement fails.',
  positionals: ['SQL?'],
  options: {
    file: { type: 'string', short: 'f', value: 'FILE', summary: 'read it from a file; - is standard input' },
    'read-only': { type: 'boolean', summary: 'refuse whatever would write' },
    ...reasonOption,
    limit: { type: 'string', value: 'N', summary: 'most rows of one statement; 1000 unless given' },
    timeout: { type: 'string', value: 'SECONDS', summary: 'for one statement; 10 unless given' },
  },
  examples: [
    'pointsman sql "SELECT model_id, is_default FROM bedrock_models"',
    'pointsman sql -f edits.sql --reason "Ticket 42"',
    'pointsman sql --read-only < report.sql',
  ],
  async run(asked) {
    const { client, output, flag, number, text } = asked
    const timeout = number('timeout', 0.1)
    const result = await client.sql.run({
      text: await readText(asked),
      readOnly: flag('read-only'),
      reason: text('reason'),
      limit: number('limit', 1),
      timeoutMs: timeout === undefined ? undefined : Math.round(timeout * 1_000),
    })
    if (output.json) output.value(result)
    else show(result, output)
    return result.state === 'rejected' ? exitCodes.failed : exitCodes.done
  },
}

async function readText({ argument, text, terminal }: Asked): Promise<string> {
  const [typed, file] = [argument('SQL'), text('file')]
  if (typed !== '' && file !== undefined) throw new UsageError('Give SQL or --file, not both.', sql)
  const read =
    typed !== ''
      ? typed
      : await (file === undefined || file === '-' ? fromInput(terminal) : terminal.readFile(file))
  if (read.trim() === '') throw new UsageError('There is no SQL.', sql)
  return read
}

function fromInput(terminal: Asked['terminal']): Promise<string> {
  if (terminal.interactive) throw new UsageError('SQL is missing.', sql)
  return terminal.readAll()
}

function show(result: SqlResult, output: Output): void {
  result.statements.forEach((statement, place) => {
    if (place > 0) output.line('')
    showStatement(statement, output)
  })
  for (const notice of result.notices) output.sentence(`Notice: ${notice}`)
  const { revision, state } = result
  if (revision === null) return
  const live =
    state === 'published'
      ? liveWords(result)
      : state === 'rejected'
        ? 'rejected: replicas keep the last good revision (pointsman switches list says more)'
        : 'recorded, to be published'
  output.sentence(`Revision ${revision}, ${live}.`)
  tellUnheard(result, output)
}

function showStatement({ command, columns, rows, rowCount, cut }: SqlStatement, output: Output): void {
  if (columns.length === 0) {
    output.line(`${command} ${rowCount}`)
    return
  }
  const headings = columns.map((heading) => ({
    heading,
    ...(rows.some((row) => typeof row[heading] === 'number') ? { align: 'right' as const } : {}),
  }))
  output.records(
    headings,
    rows.map((row) => columns.map((column) => shown(row[column]))),
  )
  output.line(output.dim(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`))
  if (cut) output.sentence(`There are more; --limit shows them (${rowCount} were counted).`)
}

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return 'NULL'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
